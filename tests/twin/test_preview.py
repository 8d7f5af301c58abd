"""Traffic while streets are edited: against the run's own answer with other ways alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import tables
from layers.errors import InputError
from tests.twin.cities import tiny
from twin import preview, simulate, travel, uncertainty
from twin.interventions.close_street import CloseStreet
from twin.mobility import worlds
from twin.scenario import Scenario
from twin.where import Where

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

MAIN, UNUSED = "w102:21-22", "w203:13-23"
ENGINES = [one for one in travel.DOMAINS if one.name in uncertainty.NEEDED]


@cache
def base() -> Result:
    return simulate.run(tiny(), year=2025, domains=ENGINES)


def closed(*streets: str) -> City:
    city = tiny()
    table = city.streets
    table.loc[list(streets), ["drive_forward", "drive_backward"]] = False
    return city.replace(streets=table)


def test_it_is_what_a_run_calls_other_ways_alone() -> None:
    plan = Scenario("filter", (CloseStreet(id="filter", where=Where(ids=(MAIN,)), start=2025),))
    city = plan.city(tiny(), 2025)
    after = simulate.run(tiny(), plan, warm=base(), domains=ENGINES)
    found = preview.run(city, base())
    before, made = (result.warm["traffic"].outcome.made for result in (base(), after))
    figures = tables.figures("uncertainty", "twin.data")
    vehicles = before.streets["vehicles"].dropna()
    streets = vehicles.index
    expected = np.zeros(len(streets))
    for one, other in zip(before.hours, made.hours, strict=True):
        pair = worlds.between(one, other, streets, len(before.zones), figures)
        expected += worlds.flow(pair, pair.routes) * one.period.expansion
    got = found.streets["vehicles"].reindex(streets).fillna(0.0)
    assert np.abs(expected - vehicles.to_numpy()).max() > 1.0
    assert got.to_numpy() == pytest.approx(expected, abs=1e-3 * expected.max())
    assert found.certificate["relative_gap"] <= 3e-5
    assert found.certificate["node_residual"] < 1e-9
    assert found.certificate["unreachable"] == 0.0


def test_change_is_after_less_before_and_a_closed_street_loses_all() -> None:
    found = preview.run(closed(MAIN), base())
    change = found.change.frames["streets"]["vehicles"]
    before = base().frames["streets"]["vehicles"].dropna()
    assert change[MAIN] == pytest.approx(-before[MAIN])
    assert before[MAIN] > 0.0
    others = change.drop(MAIN)
    after = found.streets["vehicles"].reindex(others.index)
    assert others.to_numpy() == pytest.approx((after - before[others.index]).to_numpy(), abs=1e-9)
    assert others.sum() > 0.0
    assert found.change.is_change
    assert found.change.record["after"]["scenario"] == preview.NAME
    assert found.seconds > 0.0


@pytest.mark.parametrize("streets", [(), (UNUSED,)])
def test_what_nobody_uses_changes_nothing(streets: tuple[str, ...]) -> None:
    found = preview.run(closed(*streets), base())
    change = found.change.frames["streets"]["vehicles"].fillna(0.0)
    assert np.abs(change).max() <= 1e-9


def test_a_second_run_is_the_same_to_the_last_bit() -> None:
    one, two = (preview.run(closed(MAIN), base()) for _ in range(2))
    pd.testing.assert_frame_equal(one.streets, two.streets, check_exact=True)


def test_a_zone_that_most_cars_may_not_enter_sends_those_round() -> None:
    city = tiny()
    table = city.streets
    main = table["way_id"] == table.loc[MAIN, "way_id"]
    rule = ["zero_emission" if one else None for one in main]
    streets = table.assign(low_emission=pd.Series(rule, table.index, dtype="str"))
    found = preview.run(city.replace(streets=streets), base())
    before = base().warm["traffic"].outcome.made
    trips = [sum(table.trips.sum() for table in hour.found.trips) for hour in before.hours]
    assert found.certificate["unreachable"] == 0.0
    assert sum(trips) > 0.0
    assert found.change.frames["streets"].loc[MAIN, "vehicles"] < 0.0
    assert found.certificate["node_residual"] < 1e-9


def test_closing_every_street_is_refused_in_plain_words() -> None:
    with pytest.raises(InputError, match="no street of the area is open to cars"):
        preview.run(closed(*tiny().streets.index), base())


def test_a_run_without_traffic_is_refused() -> None:
    zones = tiny().zones
    zones["people"] = 0.0
    nobody = simulate.run(tiny().replace(zones=zones), year=2025, domains=ENGINES)
    with pytest.raises(InputError, match="Run the City as it is first"):
        preview.run(tiny(), nobody)
    stored = replace(base(), warm={})
    with pytest.raises(InputError, match="Run the City as it is first"):
        preview.run(tiny(), stored)


def test_other_zones_are_refused() -> None:
    fewer = tiny().replace(zones=tiny().zones.iloc[:2])
    with pytest.raises(InputError, match="are not those of the run"):
        preview.run(fewer, base())


def test_progress_may_stop_it() -> None:
    class StopError(Exception):
        pass

    def stop(_stage: str, done: float) -> None:
        if done > 0.0:
            raise StopError

    with pytest.raises(StopError):
        preview.run(closed(MAIN), base(), progress=stop)
