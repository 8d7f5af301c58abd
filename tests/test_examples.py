"""Every example runs, from the outside, as its README says."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layers import registers
from twin import attach, build, climate, houses, scenario, simulate, sun

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


HOUSES = EXAMPLES / "whole_houses"


def test_whole_houses_save_and_cost_what_the_town_s_prices_say(city: City) -> None:
    priced = attach.attach(city, registers.read(HOUSES / "prices.csv", kind="work_prices"))
    assert priced.quality["matched"] == 6
    plan = scenario.read(HOUSES / "whole_houses.yaml", city)
    assert scenario.parse(scenario.write(plan), city) == plan
    assert all(len(objects) for objects in plan.realised(city, 2031).values())
    usual, own = (
        {
            name: sum(one.cost.amount for one in found if one.measure == name)
            for name in {one.measure for one in found}
        }
        for found in (plan.expenses(city, 2031), plan.expenses(priced.city, 2031))
    )
    assert own["walls"] > usual["walls"]
    assert own["led"] == usual["led"]


def test_whole_houses_are_worked_out_by_the_hour_and_say_what_is_not_allowed(city: City) -> None:
    town = climate.made(city)
    plan = scenario.read(HOUSES / "whole_houses.yaml", town)
    engines = (sun.DOMAIN, houses.DOMAIN)
    before = simulate.run(town, domains=engines, year=2031)
    after = simulate.run(town, plan, domains=engines, year=2031, warm=before)
    old, new = (run.frames["buildings"].sum(numeric_only=True) for run in (before, after))
    for column in ("heat_need", "heat_final", "electricity", "electricity_bought", "co2"):
        assert new[column] < old[column], column
    assert new["pv_made"] > 0.0
    told = [line for line in after.record["limits"] if "protected is not known" in line]
    assert len(told) == 1
    assert all(work in told[0] for work in ("wall", "window", "pv", "blinds"))
