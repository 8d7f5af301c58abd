"""Bands of changes: hand-made quantiles, what is noticed, and laws on a small town."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as made_arrays

from layers import tables
from layers.errors import InputError
from tests.twin.cities import tiny
from twin import simulate, travel, uncertainty
from twin.interventions.close_street import CloseStreet
from twin.mobility import draws
from twin.scenario import Scenario
from twin.where import Where

if TYPE_CHECKING:
    from twin.mobility.day import DayRun

FIGURES = tables.figures("uncertainty", "twin.data")
MAIN, UNUSED = "w102:21-22", "w203:13-23"
DRAWS = 5
ENGINES = [one for one in travel.DOMAINS if one.name in uncertainty.NEEDED]


def plan(street: str) -> Scenario:
    return Scenario("filter", (CloseStreet(id="filter", where=Where(ids=(street,)), start=2025),))


@cache
def days(street: str) -> tuple[DayRun, DayRun]:
    before = simulate.run(tiny(), year=2025, domains=ENGINES)
    after = simulate.run(tiny(), plan(street), warm=before, domains=ENGINES)
    first, second = (result.warm["traffic"].outcome.made for result in (before, after))
    return first, second


@cache
def found(street: str) -> uncertainty.Bands:
    return uncertainty.bands(*days(street), np.zeros(0), FIGURES, draws=DRAWS, seed=3)


def test_a_closed_street_loses_all_its_vehicles_in_every_world() -> None:
    row = found(MAIN).streets.loc[MAIN]
    was = days(MAIN)[0].streets.loc[MAIN, "vehicles"]
    assert was > 0.0
    assert row["vehicles_before"] == pytest.approx(was, rel=1e-12)
    assert row["vehicles_change"] == pytest.approx(-was, rel=1e-12)
    assert row["routes_change"] == pytest.approx(-was, rel=1e-12)
    assert row["vehicles_change_p10"] < row["vehicles_change_p90"] < 0.0


def test_change_is_that_of_the_two_days() -> None:
    before, after = days(MAIN)
    streets = found(MAIN).streets
    change = after.streets["vehicles"].reindex(streets.index).fillna(0.0) - before.streets[
        "vehicles"
    ].reindex(streets.index).fillna(0.0)
    assert streets["vehicles_change"].to_numpy() == pytest.approx(change.to_numpy(), abs=1e-9)


def test_closing_a_street_that_nobody_uses_is_noticed_nowhere() -> None:
    result = found(UNUSED)
    assert result.streets.loc[UNUSED, "vehicles_before"] == 0.0
    assert set(result.streets["noticeable"]) == {draws.SAME}
    assert set(result.streets["routes_noticeable"]) == {draws.SAME}
    assert result.counts["noticeable"] == 0.0


def test_bands_are_the_same_to_the_last_bit_with_threads_and_without() -> None:
    with ThreadPoolExecutor(2) as executor:
        shared = uncertainty.bands(
            *days(MAIN), np.zeros(0), FIGURES, draws=DRAWS, seed=3, executor=executor
        )
    pd.testing.assert_frame_equal(shared.streets, found(MAIN).streets, check_exact=True)


def test_another_seed_gives_other_bands_around_the_same_change() -> None:
    other = uncertainty.bands(*days(MAIN), np.zeros(0), FIGURES, draws=DRAWS, seed=4)
    assert (other.streets["vehicles_change"] == found(MAIN).streets["vehicles_change"]).all()
    assert (
        other.streets.loc[MAIN, "vehicles_change_p10"]
        != (found(MAIN).streets.loc[MAIN, "vehicles_change_p10"])
    )


def test_a_town_without_gateways_says_that_through_traffic_is_unknown() -> None:
    assert any("through traffic is unknown" in line for line in found(MAIN).limits)
    assert found(MAIN).counts["worst_gap"] <= FIGURES["gap"]


def test_band_holds_the_middle_of_evenly_spread_deviations() -> None:
    # -10 .. 10 in steps of 1: the tenth percentile is -8, the ninetieth 8; a day is 12 hours.
    deviations = np.arange(-10.0, 11.0)[:, None]
    low, high = draws.band(np.array([100.0]), deviations, 12.0, FIGURES)
    assert (low[0], high[0]) == pytest.approx((100.0 - 96.0, 100.0 + 96.0))


def test_only_what_is_sure_and_large_is_noticed() -> None:
    change = np.array([200.0, 200.0, -200.0, 40.0, 200.0])
    low = np.array([100.0, -1.0, -300.0, 30.0, 100.0])
    high = np.array([300.0, 400.0, -100.0, 50.0, 300.0])
    before = np.array([1000.0, 1000.0, 1000.0, 0.0, 10_000.0])
    # 40 is below 50 veh/d, 200 below a twentieth of 10,000.
    assert list(draws.noticed(change, low, high, before, FIGURES)) == [
        draws.MORE, draws.SAME, draws.FEWER, draws.SAME, draws.SAME,
    ]  # fmt: skip


@given(made_arrays.arrays(np.float64, (60, 4), elements=st.floats(-1e4, 1e4)),
       st.floats(0.0, 20.0), st.floats(-1e4, 1e4))  # fmt: skip
def test_bands_are_in_order_and_shift_with_the_change(
    deviations: np.ndarray, scale: float, shift: float
) -> None:
    none = np.zeros(4)
    low, high = draws.band(none, deviations, scale, FIGURES)
    assert (low <= high).all()
    moved_low, moved_high = draws.band(none + shift, deviations, scale, FIGURES)
    assert moved_low == pytest.approx(low + shift, rel=1e-9, abs=1e-6)
    assert moved_high == pytest.approx(high + shift, rel=1e-9, abs=1e-6)


def test_few_draws_are_refused() -> None:
    with pytest.raises(InputError, match="fewer than 50"):
        uncertainty.run(tiny(), plan(MAIN), draws=49)


def test_town_without_residents_has_no_bands() -> None:
    zones = tiny().zones
    zones["people"] = 0.0
    with pytest.raises(InputError, match="no residents are known"):
        uncertainty.run(tiny().replace(zones=zones), plan(MAIN), draws=50)


def test_other_zones_are_refused() -> None:
    before, after = days(MAIN)
    other = replace(after, zones=after.zones.iloc[:2])
    with pytest.raises(InputError, match="differ"):
        uncertainty.bands(before, other, np.zeros(0), FIGURES, draws=DRAWS)
