"""Public transport inside a run: buses follow the streets of a plan and its cars, or the run stops."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from layers.errors import InputError
from layers.schema import silent
from tests.twin.mobility.service import served
from twin import simulate, travel
from twin.errors import BlockedError
from twin.mobility import bus_ways
from twin.transit_network import CarTimes

if TYPE_CHECKING:
    import pandas as pd

    from twin.domain import Outcome

DOMAINS = {domain.name: domain for domain in travel.DOMAINS}
PUBLIC = DOMAINS["public_transport"]
CITY = served().replace(
    streets=served().streets.assign(**bus_ways.rights(served().streets))
)  # fmt: skip


def _closed(*streets: str) -> Any:
    frame = CITY.streets
    frame.loc[list(streets), ["drive_forward", "drive_backward"]] = False
    return CITY.replace(streets=frame)


def _lines(city: Any, public: Outcome, traffic: Outcome | None = None) -> pd.DataFrame:
    found = DOMAINS["lines"].run(city, None, silent, traffic=traffic, public_transport=public)
    return found.frames["transit_lines"]


@cache
def _today() -> tuple[Outcome, Outcome]:
    public = PUBLIC.run(CITY, None, silent)
    return public, DOMAINS["traffic"].run(CITY, None, silent, public_transport=public)


def test_lines_run_by_street_as_the_timetable_says() -> None:
    found = PUBLIC.run(CITY, None, silent)
    table = _lines(CITY, found)
    assert table["line_delay"].tolist() == [0.0, 0.0]
    assert table["line_by_street"].tolist() == [1.0, 0.0]
    assert found.certificate["ways_rerouted"] == 0
    assert any("2024-05-13" in text for text in found.limits)


def test_the_hour_is_the_busiest_of_the_morning() -> None:
    found = PUBLIC.run(CITY, None, silent)
    assert found.certificate["hour_begins"] == 7
    assert any("7:00 to 8:00, the busiest hour of its morning" in text for text in found.limits)


def test_a_timetable_of_the_afternoon_is_taken_in_the_afternoon() -> None:
    times = CITY.transit_times
    later = {name: times[name] + 7 * 3600 for name in ("arrival", "departure")}
    found = PUBLIC.run(CITY.replace(transit_times=times.assign(**later)), None, silent)
    assert found.certificate["hour_begins"] == 14
    assert (
        found.made.skim.counts["pairs"] == PUBLIC.run(CITY, None, silent).made.skim.counts["pairs"]
    )
    assert any("runs far less" in text for text in found.limits)


def test_a_closed_street_costs_four_minutes_and_another_run() -> None:
    closed = _closed("w102:21-22")
    assert PUBLIC.key(closed, "1") != PUBLIC.key(CITY, "1")
    found = PUBLIC.run(closed, None, silent)
    assert _lines(closed, found).loc["b:1", "line_delay"] == pytest.approx(4.0)
    assert found.certificate["ways_rerouted"] == 2


def test_what_did_not_change_is_taken_from_the_run_before() -> None:
    before = PUBLIC.run(CITY, None, silent)
    slower = CITY.streets
    slower.loc["w204:14-24", "speed_kph"] = 20.0  # a path without buses
    again = PUBLIC.run(CITY.replace(streets=slower), before.warm, silent)
    assert again.made.skim is before.made.skim
    closed = _closed("w102:21-22")
    warm, cold = (PUBLIC.run(closed, start, silent).made for start in (before.warm, None))
    assert warm.ways is before.made.ways
    assert (warm.skim.time == cold.skim.time).all()
    assert warm.times.times.equals(cold.times.times)


def test_a_run_stops_with_the_name_of_the_line_that_cannot_get_through() -> None:
    around = [name for name in CITY.streets.index if "21" in name.split(":")[1].split("-")]
    with pytest.raises(InputError, match="line b:1: cannot get from stop"):
        PUBLIC.run(_closed(*around), None, silent)
    with pytest.raises(BlockedError, match="line b:1"):
        simulate.run(_closed(*around), domains=[PUBLIC])


def test_today_buses_keep_their_timetable() -> None:
    public, traffic = _today()
    assert traffic.warm.running is public.made
    assert traffic.certificate["bus_steps"] == 1
    assert traffic.certificate["bus_residual_min"] == 0.0


def test_buses_take_twice_as_long_where_cars_do() -> None:
    # The timetable was made for traffic at twice the speed: two ways of a minute take two each.
    public, traffic = _today()
    usual = traffic.warm.usual
    quick = CarTimes(0.5 * usual.loaded, 0.5 * usual.free)
    found = DOMAINS["traffic"].run(
        CITY, traffic.warm._replace(usual=quick), silent, public_transport=public
    )
    table = _lines(CITY, public, found)
    assert table.loc["b:1", "line_delay_cars"] == pytest.approx(2.0, abs=1e-6)
    assert table.loc["b:1", "line_minutes"] == pytest.approx(4.0, abs=1e-6)
    assert table.loc["b:2", "line_delay"] == 0.0  # a train has its own track
    assert found.certificate["bus_steps"] == 2
    assert found.certificate["bus_residual_min"] <= 0.25
    # People have chosen again: fewer ride, for the bus takes longer.
    before, after = (one.made.people["transit"].sum() for one in (traffic, found))
    assert after < before
    again = DOMAINS["traffic"].run(
        CITY, traffic.warm._replace(usual=quick), silent, public_transport=public
    )
    assert again.frames["zones"].equals(found.frames["zones"])


def test_a_lane_of_their_own_parts_buses_from_cars() -> None:
    # Cars took three times what they take on an empty street; on its lane the bus does not.
    public, traffic = _today()
    usual = traffic.warm.usual
    slow = CarTimes(usual.loaded.apply(lambda _one: 3.0 * usual.free), usual.free)
    streets = CITY.streets
    streets.loc[streets["name"] == "Hovedgaden", ["bus_lanes_forward", "bus_lanes_backward"]] = 1.0
    lane = CITY.replace(streets=streets)
    own = PUBLIC.run(lane, public.warm, silent)
    found = DOMAINS["traffic"].run(
        lane, traffic.warm._replace(usual=slow), silent, public_transport=own
    )
    table = _lines(lane, own, found)
    # Two ways of 60 s take 20 s each.
    assert table.loc["b:1", "line_delay_cars"] == pytest.approx(-80.0 / 60.0, abs=0.02)
