from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.twin.cities import tiny
from tests.twin.test_sensing import MAP, sheet
from twin import store
from twin.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city_path(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.twin"
    store.save(tiny(), path)
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    return result.exit_code, result.output


def test_readings_come_in_through_a_map_of_the_user(city_path: Path, tmp_path: Path) -> None:
    lines = ["ours,theirs,fixed,quantity,unit"]
    lines += [f"{e.ours},{e.theirs},{e.fixed},{e.quantity},{e.unit}" for e in MAP.entries]
    mapping = tmp_path / "map.csv"
    mapping.write_text("\n".join(lines))
    code, text = run("sense", city_path, sheet(tmp_path), "--map", mapping, "--json")
    assert code == 0, text
    found = json.loads(text)
    assert found["counts"]["new"] == 144
    code, text = run("sense", city_path, sheet(tmp_path), "--map", mapping)
    assert code == 0
    assert "144 duplicate" in text
    assert "48 no value" in text


def test_counts_come_in_and_what_is_on_no_street_is_told(city_path: Path, tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("station,AADT,kind,year,lon,lat\na,100,aadt,2020,0,0\nb,x,aadt,2020,0,0\n")
    facts = ("--source", "roads", "--licence", "CC0", "--name", "count=AADT")
    code, text = run("count", city_path, table, *facts)
    assert code == 0, text
    assert "1 counts, 0 on a street" in text
    assert "no street within" in text
    assert "1 count cannot be (row 3)" in text
    assert len(store.open(city_path).stations) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("sense", "none.csv", "--map", "moon"), 3, "no such map"),
        (("sense", "none.csv", "--map", "aarhus_wind"), 3, "no such file"),
        (("count", "none.csv", "--source", "a", "--licence", "b"), 3, "no such file"),
        (("count", "none.csv", "--source", "a", "--licence", "b", "--name", "x"), 2, "ours=theirs"),
    ],
)
def test_what_cannot_be_done_is_said(
    city_path: Path, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    found, text = run(arguments[0], city_path, *arguments[1:])
    assert found == code
    assert reason in text
    assert "Traceback" not in text
