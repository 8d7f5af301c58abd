"""Every example runs, from the outside, as its README says."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twin import build, scenario

if TYPE_CHECKING:
    from twin.city import City

EXAMPLES = Path(__file__).parents[1] / "examples"
HELSINKI = EXAMPLES / "helsinki"
PLANS = sorted(HELSINKI.glob("*.yaml"))


@pytest.fixture(scope="module")
def city(helsinki: Path) -> City:
    return build.from_osm(helsinki, name="Helsinki")


def test_each_folder_explains_all_its_files() -> None:
    for folder in (path for path in EXAMPLES.iterdir() if path.is_dir()):
        readme = (folder / "README.md").read_text(encoding="utf-8")
        for path in folder.iterdir():
            if path.is_file() and path.name != "README.md":
                assert f"`{path.name}`" in readme, path


def test_there_are_two_plans() -> None:
    assert len(PLANS) == 2


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_fits_the_city_and_changes_it(path: Path, city: City) -> None:
    plan = scenario.read(path, city)
    early, late = plan.city(city, 2027), plan.city(city, plan.last_year)
    assert len({city.digest, early.digest, late.digest}) == 3
    assert all(len(objects) for objects in plan.realised(city, plan.last_year).values())
    assert scenario.parse(scenario.write(plan), city) == plan
    assert sum(one.cost.amount for one in plan.expenses(city, plan.last_year)) > 0


def test_the_script_draws_a_map_of_each_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = runpy.run_path(str(HELSINKI / "run.py"))["main"](tmp_path)
    assert [page.stem for page in pages] == ["quiet-streets", "warm-homes"]
    assert all(
        page.read_text(encoding="utf-8").lower().startswith("<!doctype html") for page in pages
    )
    printed = capsys.readouterr().out
    for path in PLANS:
        assert scenario.read(path).title in printed
