from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner

from tests.twin.cities import tiny
from tests.twin.maps.test_page import plan
from twin import store
from twin.cli import cli
from twin.cli_maps import _latest, _newest

if TYPE_CHECKING:
    from pathlib import Path

KEPT = [
    "baseline-2024-aaaaaaaa",
    "baseline-2030-aaaaaaaa",
    "quiet-2030-aaaaaaaa",
    "baseline-2030-bbbbbbbb",
    "quiet-2030-bbbbbbbb",
    "warm-homes-2035-aaaaaaaa",
]


def test_the_newest_plan_and_the_baseline_of_its_year_are_drawn() -> None:
    assert _newest(KEPT[:5]) == ["baseline-2030-bbbbbbbb", "quiet-2030-bbbbbbbb"]
    assert _newest(KEPT[:2]) == ["baseline-2030-aaaaaaaa"]


def test_the_page_takes_the_newest_run_of_each_plan_and_year() -> None:
    assert _latest(KEPT) == [
        "baseline-2030-bbbbbbbb",
        "quiet-2030-bbbbbbbb",
        "warm-homes-2035-aaaaaaaa",
    ]
    assert _latest(KEPT[:2]) == KEPT[:2]


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.twin"
    store.save(tiny(), path)
    for name, year, factor in (("baseline", 2030, 1.0), ("quiet", 2030, 0.5)):
        store.save_run(path, f"{name}-{year}-abcdefgh", plan(name, year, factor))
    return path


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(arguments))
    return done.exit_code, done.output


def test_the_page_for_everybody_is_written(twin: Path) -> None:
    code, said = run("map", str(twin), "--public", "--title", "Half the cars", "--lang", "da")
    assert code == 0, said
    target = twin.with_suffix(".public.html")
    assert str(target) in said.replace("\n", "")
    page = target.read_text(encoding="utf-8")
    assert "<title>Half the cars</title>" in page
    assert 'lang="da"' in page


def test_three_runs_need_the_page(twin: Path) -> None:
    names = store.runs(twin)
    code, said = run("map", str(twin), *names, names[0])
    assert code != 0
    assert "--public" in said


def test_a_headline_needs_the_page(twin: Path) -> None:
    code, said = run("map", str(twin), "--title", "x")
    assert code != 0
    assert "--public" in said


def test_bands_of_a_file_are_hatched_on_the_page(twin: Path, tmp_path: Path) -> None:
    path = tmp_path / "quiet.csv"
    ends = {"vehicles_change": -5.0, "vehicles_change_p10": -9.0, "vehicles_change_p90": 2.0}
    made = pd.DataFrame({**ends, "routes_change": -1.0}, index=tiny().streets.index)
    made.rename(columns=lambda name: f"{name} [veh/d]").to_csv(path, encoding="utf-8-sig")
    code, said = run("map", str(twin), "--public", "--bands", f"quiet={path}")
    assert code == 0, said
    page = twin.with_suffix(".public.html").read_text(encoding="utf-8")
    assert re.search(r'"bands":\{"quiet-2030":\["', page)


@pytest.mark.parametrize(
    "content", ["", "id,street\na,b\n", "id,vehicles_change [veh/d]\na,much\n"]
)
def test_a_file_without_bands_is_refused(twin: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    code, said = run("map", str(twin), "--public", "--bands", f"quiet={path}")
    assert code != 0
    assert "twin uncertainty" in " ".join(said.split())
    code, said = run("map", str(twin), "--public", "--bands", "quiet")
    assert code != 0
    assert "calm=calm.csv" in said
