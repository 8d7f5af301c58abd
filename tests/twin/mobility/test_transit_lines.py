from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.twin.mobility.service import TRIPS, service
from twin.city import schema
from twin.mobility import transit_lines
from twin.mobility.transit_parameters import transit_parameters

FIGURES = replace(transit_parameters(), layover=0.5)
FOUND = service()


def _table(**changes: object) -> pd.DataFrame:
    tables = {**vars(FOUND), **changes}
    return transit_lines.table(
        tables["lines"], tables["trips"], tables["times"], tables["services"], tables["stops"],
        FIGURES, day=tables.get("day"), metres=tables.get("metres"),
    )  # fmt: skip


def test_lines_are_drawn_along_their_longest_trip() -> None:
    lines = FOUND.lines
    assert list(lines.index) == ["b:1", "b:2"]
    assert lines.length.tolist() == [200.0, 95.0]
    assert lines["mode"].tolist() == ["bus", "train"]
    assert lines["inside"].all()
    assert not schema("transit_lines").faults(lines)


def test_a_line_by_hand() -> None:
    """Monday: eight runs of 2 minutes and 200 m and one at night; two at once, one per direction."""
    found = _table().loc["b:1"]
    assert found["line_trips"] == 9
    assert found["line_minutes"] == pytest.approx(2.0)
    assert found["line_km"] == pytest.approx(0.2)
    assert found["line_vehicles"] == 2
    assert found["line_vehicle_km"] == pytest.approx(1.8)
    # three workdays of 1.8 km, a Saturday of 0.2 km, in the six days that the feed spans
    assert found["line_vehicle_km_year"] == pytest.approx((3 * 1.8 + 0.2) / 6 * 365)
    assert found["line_by_street"] == 0.0


def test_ways_by_street_count_where_they_are_known() -> None:
    hop = pd.MultiIndex.from_tuples([("b:w", "b:m")])
    found = _table(metres=pd.Series([150.0], index=hop)).loc["b:1"]
    assert found["line_vehicle_km"] == pytest.approx(5 * 0.25 + 4 * 0.2)
    assert found["line_by_street"] == pytest.approx(5 * 0.15 / 2.05)


def test_on_a_day_without_trips_nothing_runs() -> None:
    found = _table(day="2024-05-19")
    assert not found[["line_trips", "line_vehicles", "line_vehicle_km"]].any().any()
    assert found[["line_minutes", "line_km"]].isna().all().all()
    assert (found["line_vehicle_km_year"] > 0).all()


@pytest.mark.parametrize(
    ("starts", "layover", "needed"),
    [
        ([0, 600, 1200], 0.0, 1),
        ([0, 600, 1200], 0.1, 2),
        ([0, 0, 0], 0.0, 3),
        ([0, 300, 600, 900], 0.0, 2),
        ([0, 300, 600, 900], 0.5, 3),
    ],
)
def test_vehicles_are_runs_at_once_with_their_breaks(
    starts: list[int], layover: float, needed: int
) -> None:
    """Runs of ten minutes; who is back in time takes the next."""
    start = np.array(starts)
    runs = pd.DataFrame({"start": start, "end": start + 600, "seconds": 600})
    assert transit_lines.vehicles(runs, layover) == needed


def _day(totals: dict[str, int]) -> str | None:
    trips = pd.DataFrame({"service": ["s"] * 5 + ["x"]}, index=[f"t{n}" for n in range(6)])
    rows = [("s" if total == 5 else "x", date) for date, total in totals.items()]
    return transit_lines.busiest_day(trips, pd.DataFrame(rows, columns=["service", "date"]))


def test_the_day_is_the_busiest_weekday_that_is_none_alone() -> None:
    # Monday 13 May 2024; the 20th is a holiday, the 22nd a day of extra trips.
    usual = {"2024-05-14": 1, "2024-05-21": 1, "2024-05-18": 5, "2024-05-25": 5}
    assert _day(usual) == "2024-05-14"
    assert _day({**usual, "2024-05-22": 5, "2024-05-15": 1}) == "2024-05-14"
    assert _day({"2024-05-13": 5, "2024-05-20": 1}) == "2024-05-13"
    assert _day({"2024-05-18": 5, "2024-05-19": 1}) == "2024-05-18"
    assert _day({}) is None


def test_hops_are_ways_from_stop_to_stop_of_each_line() -> None:
    found = transit_lines.hops(FOUND.trips, FOUND.times, FOUND.stops)
    pairs = set(zip(found["line"], found["from_stop"], found["to_stop"], strict=True))
    assert len(found) == len(pairs) == 5
    assert ("b:2", "b:m", "b:n") in pairs
    assert found.set_index("line").loc["b:2", "straight"] == 95.0


def test_trips_of_old_revisions_and_removed_lines_do_not_run() -> None:
    lines = FOUND.lines.copy()
    lines.loc["b:1", "revision"] = 1
    assert list(transit_lines.active(FOUND.trips, lines).index) == ["b:t"]
    lines.loc["b:2", "state"] = "removed"
    assert transit_lines.active(FOUND.trips, lines).empty
    bare = FOUND.trips.drop(columns="revision")
    assert len(transit_lines.active(bare, lines)) == len(TRIPS)
    assert len(transit_lines.active(FOUND.trips, lines.iloc[:0])) == len(TRIPS)
