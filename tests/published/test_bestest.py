"""ASHRAE 140-2020 by both hourly models, beside six reference programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.published import bestest
from twin.energy import thermal

if TYPE_CHECKING:
    from tests.published.bestest import Checked

HERE = Path(__file__).parent
MORE = HERE / "bestest_more.json", HERE / "bestest_more.csv"


@pytest.fixture(scope="module")
def basic(data_dir: Path) -> list[Checked]:
    folder = data_dir / "bestest"
    return bestest.run(folder / "cases.json", folder / "ranges.csv", folder / "725650TYCST.epw")


@pytest.fixture(scope="module")
def more(data_dir: Path) -> list[Checked]:
    return bestest.run(*MORE, data_dir / "bestest" / "725650TYCST.epw")


@pytest.mark.data
def test_basic_cases_are_accepted_and_inside_the_range(basic: list[Checked]) -> None:
    assert len(basic) == 27
    assert all(row.accepted for row in basic if row.accepted is not None)
    assert [row for row in basic if not row.in_range] == []


@pytest.mark.data
def test_cases_with_shade_setback_and_night_air_are_accepted(more: list[Checked]) -> None:
    judged = [row for row in more if row.accepted is not None]
    assert len(judged) == 16
    assert [row for row in judged if not row.accepted] == []


@pytest.mark.data
def test_at_most_three_of_their_values_leave_the_range_and_only_by_a_twentieth(
    more: list[Checked],
) -> None:
    out = [row for row in more if not row.in_range]
    assert len(more) == 42
    assert len(out) <= 3
    for row in out:
        assert 0.95 * row.low <= row.value <= 1.05 * row.high


@pytest.mark.data
def test_differences_between_cases_have_the_sign_and_size_of_the_programs(
    basic: list[Checked], more: list[Checked]
) -> None:
    value = {(row.case, row.quantity): row.value for row in [*basic, *more]}
    cooling, heating = "annual_cooling_MWh", "annual_heating_MWh"
    # Of the programs: 1.26 to 1.93, 1.12 to 1.65, 1.49 to 1.96, 0.33 to 0.70.
    assert 1.26 <= value["600", cooling] - value["610", cooling] <= 1.93
    assert 1.12 <= value["620", cooling] - value["630", cooling] <= 1.65
    assert 1.36 <= value["600", heating] - value["640", heating] <= 1.86
    assert 0.33 <= value["900", heating] - value["940", heating] <= 0.71


@pytest.mark.data
def test_the_runner_prints_a_table_and_writes_json(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weather = str(data_dir / "bestest" / "725650TYCST.epw")
    target = tmp_path / "rows.json"
    assert bestest.main([*map(str, MORE), weather, "--json", str(target)]) == 0
    assert "16 of 16 annual loads inside the limits" in capsys.readouterr().out
    rows = json.loads(target.read_text(encoding="utf-8"))
    assert len(rows) == 42
    assert rows[0]["case"] == "610"


@pytest.mark.data
def test_the_simple_model_is_near_in_the_year_of_the_heavy_case(data_dir: Path) -> None:
    folder = data_dir / "bestest"
    rows = bestest.run(
        folder / "cases.json", folder / "ranges.csv", folder / "725650TYCST.epw", thermal.SIMPLE
    )
    loads = [row for row in rows if row.quantity.startswith("annual_") and row.accepted is not None]
    for row in loads:
        middle = (row.low + row.high) / 2.0
        assert row.value == pytest.approx(middle, rel=0.2)


def test_keys_of_the_further_cases_reach_the_zone() -> None:
    shared = json.loads(MORE[0].read_text(encoding="utf-8"))
    made = {name: bestest.zone(name, case, shared) for name, case in shared["cases"].items()}
    shade = made["630"].windows[0].shade
    assert shade is not None
    assert (shade.overhang_depth, shade.fin_depth, shade.fin_below) == (1.0, 1.0, 0.2)
    assert made["610"].windows[0].shade != made["630"].windows[0].shade
    assert list(made["940"].schedule.ramp) == [7]
    assert made["650"].ventilation_sea_level == 1409.0
    assert list(made["650"].schedule.ventilation) == [1.0] * 7 + [0.0] * 11 + [1.0] * 6
    assert made["650FF"].schedule.heating is None
    assert made["650"].schedule.cooling[0] is None  # type: ignore[index]


def test_rows_of_cases_that_were_not_run_are_left_out() -> None:
    import pandas as pd

    table = pd.DataFrame(
        {"case": ["1", "2"], "quantity": ["q", "q"], "min": [1.0, 1.0], "max": [2.0, 2.0]}
    )
    (row,) = bestest.compared({("1", "q"): 1.5}, table)
    assert row.in_range
    assert row.accepted is None
