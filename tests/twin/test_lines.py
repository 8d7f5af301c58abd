"""Lines of a City: what they run, from the command line too."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from layers.errors import InputError
from tests.twin.cities import tiny
from tests.twin.mobility.service import served
from twin import cli, lines, store, transit
from twin.mobility import bus_ways

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City

CITY = served()
PLAN = """schema: scenario/1
name: often
interventions:
  - kind: transit_frequency
    id: twice
    where: {ids: ["b:1"]}
    start: 2026
    factor: 2
    from_hour: 7
    to_hour: 9
  - kind: new_line
    id: x
    where: {ids: ["b:w", "b:m"]}
    start: 2027
    name: X
    headway: 60
    speed_kph: 18
"""


def _closed() -> City:
    """The City with its timetable's rights of way, and the first street of line 1 closed since."""
    streets = CITY.streets.assign(**bus_ways.rights(CITY.streets))
    streets.loc["w102:21-22", ["drive_forward", "drive_backward"]] = False
    return CITY.replace(streets=streets)


def test_a_line_goes_round_a_closed_street() -> None:
    """200 m more, four minutes more."""
    before, after = lines.table(CITY).loc["b:1"], lines.table(_closed()).loc["b:1"]
    assert after["line_delay"] == pytest.approx(4.0)
    assert after["line_minutes"] - before["line_minutes"] == pytest.approx(4.0)
    assert after["line_km"] - before["line_km"] == pytest.approx(0.2)
    vehicles, kilometres = lines.difference(CITY, _closed(), pd.Index(["b:1"]))
    assert vehicles == 0.0  # half an hour between departures is enough
    assert kilometres == pytest.approx((3 * 9 + 1) * 0.2 / 6 * 365)


def test_time_to_the_next_stop() -> None:
    """100 m of street at 36 km/h, 95 m straight where no street leads."""
    assert lines.leg_seconds(CITY, ["b:w", "b:m"], 36.0, bus=True).tolist() == [10]
    assert lines.leg_seconds(CITY, ["b:m", "b:n"], 36.0, bus=False).tolist() == [10]


def test_a_question_that_cannot_be_answered_is_refused() -> None:
    with pytest.raises(InputError, match="has no timetable"):
        transit.table(tiny())
    with pytest.raises(InputError, match="No timetable covers 2031-01-01"):
        transit.table(CITY, day="2031-01-01")
    with pytest.raises(InputError, match="is no date"):
        transit.table(CITY, day="Monday")
    with pytest.raises(InputError, match="lines are not known"):
        transit.table(CITY.replace(transit_lines=CITY.transit_lines.iloc[:0]))


def _ask(folder: Path, *words: str) -> Result:
    store.save(CITY, folder / "t.twin")
    return CliRunner().invoke(cli.cli, ["lines", str(folder / "t.twin"), *words])


def test_the_command_tells_each_line_and_writes_the_table(tmp_path: Path) -> None:
    shown = _ask(tmp_path, "--csv", str(tmp_path / "lines.csv"))
    assert shown.exit_code == 0, shown.output
    text = shown.output.splitlines()
    assert text[0].startswith("bus 1 (b:1): 9 trips a day, 2.0 min, 0.2 km, 2 vehicles, 2 km a day")
    assert text[2].startswith("All 2 lines: 10 trips a day, 3 vehicles")
    table = pd.read_csv(tmp_path / "lines.csv", index_col="id")
    assert table.loc["b:1", "line_trips"] == 9


def test_the_command_compares_a_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    words = (str(tmp_path / "plan.yaml"), "--day", "2024-05-14")
    shown = _ask(tmp_path, *words)
    assert shown.exit_code == 0, shown.output
    assert "(b:1): 17 trips a day" in shown.output
    assert "; was 9 trips a day" in shown.output
    assert "bus X (new:x): 32 trips a day" in shown.output
    assert shown.output.splitlines()[2].endswith("; new")
    early = json.loads(_ask(tmp_path, *words, "--year", "2026", "--json").output)
    assert [row["line"] for row in early] == ["b:1", "b:2"]
    assert early[0]["line_trips"] == 17


def test_on_a_day_without_trips_machines_get_null(tmp_path: Path) -> None:
    rows = json.loads(_ask(tmp_path, "--day", "2024-05-18", "--json").output)
    assert rows[1]["line_minutes"] is None
    assert rows[1]["line_trips"] == 0


def test_a_town_without_a_timetable_is_told_so(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "none.twin")
    shown = CliRunner().invoke(cli.cli, ["lines", str(tmp_path / "none.twin")])
    assert shown.exit_code == cli.UNUSABLE
    assert "--gtfs" in shown.output


def test_the_command_lets_buses_drive_in_traffic(tmp_path: Path) -> None:
    city = CITY.replace(streets=CITY.streets.assign(**bus_ways.rights(CITY.streets)))
    store.save(city, tmp_path / "t.twin")
    (tmp_path / "plan.yaml").write_text("""
schema: scenario/1
name: closed
interventions:
- {kind: close_street, id: shut, where: {ids: ["w102:21-22"]}, start: 2026}
""")
    words = ["lines", str(tmp_path / "t.twin"), str(tmp_path / "plan.yaml"), "--traffic"]
    shown = CliRunner().invoke(cli.cli, words)
    assert shown.exit_code == 0, shown.output
    bus, train, _ = shown.output.splitlines()
    assert re.search(r"\(b:1\): 9 trips a day, \d\.\d min, \+\d\.\d min against the timetable", bus)
    assert "; was 9 trips a day, 2.0 min, 0.2 km" in bus
    assert "was" not in train
    refused = CliRunner().invoke(cli.cli, [*words[:2], "--traffic"])
    assert refused.exit_code == 2
    assert "give a plan" in refused.output
