"""Public transport inside a run: buses follow the streets of a plan, or the run says which cannot."""

from __future__ import annotations

from typing import Any

import pytest

from layers.errors import InputError
from layers.schema import silent
from tests.twin.mobility.service import served
from twin import travel
from twin.mobility import bus_ways

PUBLIC = next(domain for domain in travel.DOMAINS if domain.name == "public_transport")
CITY = served().replace(
    streets=served().streets.assign(**bus_ways.rights(served().streets))
)  # fmt: skip


def _closed(*streets: str) -> Any:
    frame = CITY.streets
    frame.loc[list(streets), ["drive_forward", "drive_backward"]] = False
    return CITY.replace(streets=frame)


def test_lines_run_by_street_as_the_timetable_says() -> None:
    found = PUBLIC.run(CITY, None, silent)
    table = found.frames["transit_lines"]
    assert table["line_delay"].tolist() == [0.0, 0.0]
    assert table["line_by_street"].tolist() == [1.0, 0.0]
    assert found.certificate["ways_rerouted"] == 0
    assert any("2024-05-13" in text for text in found.limits)


def test_a_closed_street_costs_four_minutes_and_another_run() -> None:
    closed = _closed("w102:21-22")
    assert PUBLIC.key(closed, "1") != PUBLIC.key(CITY, "1")
    found = PUBLIC.run(closed, None, silent)
    assert found.frames["transit_lines"].loc["b:1", "line_delay"] == pytest.approx(4.0)
    assert found.certificate["ways_rerouted"] == 2


def test_a_run_fails_with_the_name_of_the_line_that_cannot_get_through() -> None:
    around = [name for name in CITY.streets.index if "21" in name.split(":")[1].split("-")]
    with pytest.raises(InputError, match="line b:1: cannot get from stop"):
        PUBLIC.run(_closed(*around), None, silent)
