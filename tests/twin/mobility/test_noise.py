"""Road noise of a small town: levels, changes, warm runs, limits by country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.mobility import noise_places as places
from twin.mobility import noise, noise_source, noise_traffic
from twin.mobility.noise_parameters import noise_parameters
from twin.mobility.noise_streets import stretches
from twin.mobility.noise_traffic import Slot

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.mobility.noise import NoiseRun
    from twin.mobility.noise_changes import NoiseWarm
    from twin.mobility.noise_parameters import NoiseParameters

STREETS = places.streets(
    [[(-150.0, 0.0), (150.0, 0.0)], [(0.0, 0.0), (0.0, 150.0)], [(-900.0, 0.0), (-800.0, 0.0)]]
)
HOUSES = places.buildings(
    [(-40.0, 12.0, -25.0, 24.0), (20.0, 12.0, 32.0, 22.0), (20.0, 60.0, 34.0, 70.0),
     (3_000.0, 0.0, 3_010.0, 10.0)]
)  # fmt: skip
FLOWS = places.traffic(STREETS)


def town(
    traffic: pd.DataFrame = FLOWS,
    *,
    parameters: NoiseParameters = places.LEGAL,
    streets: gpd.GeoDataFrame = STREETS,
    houses: gpd.GeoDataFrame = HOUSES,
    warm: NoiseWarm | None = None,
) -> NoiseRun:
    return noise.run(
        streets, places.junctions(streets), traffic, houses, places.land(), parameters, warm=warm
    )


BASE = town()


def test_levels_are_there_where_streets_are_heard() -> None:
    near = BASE.frame.iloc[:3]
    assert near.notna().all().all()
    assert (near["lden"] > near["lnight"]).all()
    assert (near["lden"] > near["lden_quiet"]).all()
    assert near["lden"].between(45, 75).all()


def test_a_house_that_no_street_reaches_has_no_level() -> None:
    assert BASE.frame.loc["b3"].isna().all()
    assert BASE.counts["buildings_without_level"] == 1
    assert any("1." in line and "without a level" in line for line in BASE.limits)


def test_no_traffic_gives_no_level() -> None:
    silent = town(FLOWS * 0.0)
    assert silent.frame.isna().all().all()
    assert silent.sources.empty
    assert silent.counts["people_lden_above_limit"] == 0.0


def test_no_traffic_at_night_gives_no_level_at_night_alone() -> None:
    flows = FLOWS.copy()
    flows[["light_night", "heavy_night"]] = 0.0
    found = town(flows)
    assert found.frame["lnight"].isna().all()
    assert found.frame["lden"].notna().tolist() == [True, True, True, False]
    assert found.sources["lw_night"].isna().all()


def test_twice_the_traffic_is_three_decibels_more_everywhere() -> None:
    flows = FLOWS.copy()
    flows.loc[:, [name for name in flows if not name.startswith("speed")]] *= 2.0
    found = noise.change(town(flows, warm=BASE.warm), BASE)
    assert found.iloc[:3].to_numpy() == pytest.approx(10 * np.log10(2), abs=1e-9)
    assert found.columns.tolist() == ["lden_change", "lnight_change"]


def test_the_level_of_a_source_is_that_of_its_power() -> None:
    figures = places.LEGAL.figures
    medium = 25.0 * figures["heavy.medium"]
    at = stretches(STREETS, STREETS, places.junctions(STREETS), places.LEGAL)
    flow = {"1": np.full(3, 500.0), "2": np.full(3, medium), "3": np.full(3, 25.0 - medium)}
    energy = noise_source.power(flow, {name: np.full(3, 50.0) for name in flow}, at, places.LEGAL)
    expected = noise_source.level(energy, places.LEGAL)
    assert BASE.sources["lw_day"].to_numpy() == pytest.approx(expected)


def test_a_warm_run_says_the_same_to_the_last_bit() -> None:
    flows = FLOWS.copy()
    flows.loc["s1", "light_day"] = 3_000.0
    again = town(flows, warm=BASE.warm)
    assert again.warm is BASE.warm
    pd.testing.assert_frame_equal(again.frame, town(flows).frame, check_exact=True)


def test_a_closed_street_needs_no_new_search_and_says_the_same_to_the_last_bit() -> None:
    streets = STREETS.copy()
    streets.loc["s1", ["drive_forward", "drive_backward"]] = False
    flows = FLOWS.drop("s1")
    again = town(flows, streets=streets, warm=BASE.warm)
    assert again.warm is BASE.warm
    cold = town(flows, streets=streets)
    assert len(cold.warm.scene.streets) == 2
    pd.testing.assert_frame_equal(again.frame, cold.frame, check_exact=True)
    assert (noise.change(again, BASE).iloc[:3] < 0).all().all()


def test_where_the_ways_are_too_many_to_keep_the_levels_are_the_same() -> None:
    few = places.figures(pairs_most=0)
    found = town(parameters=few)
    assert found.warm.transfer is None
    assert found.counts["pairs_kept"] == 0
    pd.testing.assert_frame_equal(found.frame, BASE.frame, check_exact=True)
    again = town(FLOWS * 1.0, parameters=few, warm=found.warm)
    pd.testing.assert_frame_equal(again.frame, BASE.frame, check_exact=True)


@pytest.mark.parametrize("what", ["street", "house", "height", "figure"])
def test_a_changed_place_is_searched_anew(what: str) -> None:
    streets, houses, parameters = STREETS.copy(), HOUSES.copy(), places.LEGAL
    if what == "street":
        streets.geometry = streets.geometry.translate(0.0, 1.0)
    elif what == "house":
        houses.geometry = houses.geometry.translate(0.0, 1.0)
    elif what == "height":
        houses.loc["b0", "height"] = 3.0
    else:
        parameters = places.figures(air_temperature=25.0)
    again = town(streets=streets, houses=houses, parameters=parameters, warm=BASE.warm)
    cold = town(streets=streets, houses=houses, parameters=parameters)
    pd.testing.assert_frame_equal(again.frame, cold.frame, check_exact=True)
    assert not again.frame.equals(BASE.frame)


def test_where_another_method_is_the_law_levels_only_compare() -> None:
    danish = noise_parameters("DK")
    before = town(parameters=danish)
    assert before.frame.columns.tolist() == ["lden_compare", "lnight_compare"]
    assert before.exposure.empty
    assert not any("people" in key or "highly" in key for key in before.counts)
    assert any("Nord2000" in line for line in before.limits)
    flows = FLOWS.copy()
    flows.loc["s0", "light_day"] = 2_000.0
    after = town(flows, parameters=danish, warm=before.warm)
    german = noise.change(town(flows), BASE)
    pd.testing.assert_frame_equal(noise.change(after, before), german)
    assert (after.frame - before.frame)["lden_compare"].equals(
        german["lden_change"].rename("lden_compare")
    )


def test_a_tunnel_and_a_removed_street_are_not_heard() -> None:
    for column, value in (("tunnel", True), ("state", "removed")):
        streets = STREETS.copy()
        streets.loc["s0", column] = value
        found = town(streets=streets)
        assert list(found.sources.index) == ["s1", "s2"]


def test_a_removed_house_neither_hears_nor_shields() -> None:
    houses = HOUSES.copy()
    houses.loc["b1", "state"] = "removed"
    found = town(houses=houses)
    assert list(found.frame.index) == ["b0", "b2", "b3"]
    pd.testing.assert_frame_equal(found.frame, town(houses=HOUSES.drop("b1")).frame)
    assert not found.frame.equals(BASE.frame.drop("b1"))


def test_a_street_without_a_speed_gets_the_legal_one() -> None:
    flows = FLOWS.copy()
    flows.loc["s0", "speed_day"] = np.nan
    found = town(flows)
    assert found.counts["streets_without_speed"] == 1
    pd.testing.assert_frame_equal(found.frame, BASE.frame)


def test_all_faults_of_the_traffic_are_told_at_once() -> None:
    flows = FLOWS.drop(columns="speed_night")
    flows.loc["s0", "light_day"] = -1.0
    flows.loc["s1", "heavy_evening"] = np.nan
    with pytest.raises(InputError) as caught:
        town(flows)
    places_named = [fault.place for fault in caught.value.faults]
    assert places_named == ["column speed_night", "column light_day", "column heavy_evening"]


def test_traffic_of_other_hours_is_shared_out_by_overlap() -> None:
    one, two = np.array([120.0]), np.array([30.0])
    slots = [
        Slot(6.0, 18.0, one, one / 10, np.array([40.0])),
        Slot(18.0, 6.0, two, two / 10, np.array([60.0])),
    ]
    found = noise_traffic.by_part(slots, pd.Index(["a"]), places.LEGAL).loc["a"]
    assert found["light_day"] == pytest.approx((11 * 120 + 1 * 30) / 12)
    assert found["heavy_evening"] == pytest.approx(3.0)
    assert found["light_night"] == pytest.approx((7 * 30 + 1 * 120) / 8)
    assert found["speed_evening"] == pytest.approx(60.0)
    assert found["speed_day"] == pytest.approx((11 * 120 * 40 + 30 * 60) / (11 * 120 + 30))
    whole = 12 * found["light_day"] + 4 * found["light_evening"] + 8 * found["light_night"]
    assert whole == pytest.approx(12 * 120 + 12 * 30)


def test_a_profile_divides_a_slot_among_its_hours() -> None:
    # 19 to 6 holds 110 vehicles: 4 hours of weight 2 and 7 hours of weight 3/7, so 80 and 30.
    profile = np.ones(24)
    profile[[19, 20, 21, 22]] = 2.0
    profile[[23, 0, 1, 2, 3, 4, 5]] = 3.0 / 7.0
    slots = [
        Slot(6.0, 19.0, np.array([100.0]), np.zeros(1), np.array([50.0])),
        Slot(19.0, 6.0, np.array([10.0]), np.zeros(1), np.array([50.0])),
    ]
    found = noise_traffic.by_part(slots, pd.Index(["a"]), places.LEGAL, profile=profile).loc["a"]
    assert found["light_evening"] == pytest.approx(80 / 4)
    assert found["light_night"] == pytest.approx((30 + 100) / 8)
    assert found["light_day"] == pytest.approx(100.0)
    even = noise_traffic.by_part(slots, pd.Index(["a"]), places.LEGAL).loc["a"]
    assert even["light_evening"] == pytest.approx(10.0)


@settings(max_examples=50)
@given(
    cuts=st.sets(st.integers(0, 47), min_size=1, max_size=5),
    flows=st.lists(st.floats(0, 500), min_size=5, max_size=5),
    profile=st.lists(st.floats(0.1, 5), min_size=24, max_size=24),
)
def test_no_vehicle_is_lost_between_parts_of_the_day(
    cuts: set[int], flows: list[float], profile: list[float]
) -> None:
    at = [cut / 2 for cut in sorted(cuts)]
    slots = [
        Slot(start, end if end != start else start + 24.0, np.array([flow]), np.zeros(1),
             np.array([50.0]))
        for start, end, flow in zip(at, [*at[1:], at[0]], flows, strict=False)
    ]  # fmt: skip
    day = sum(((one.end - one.start) % 24 or 24) * one.light[0] for one in slots)
    found = noise_traffic.by_part(
        slots, pd.Index(["a"]), places.LEGAL, profile=np.array(profile)
    ).loc["a"]
    whole = 12 * found["light_day"] + 4 * found["light_evening"] + 8 * found["light_night"]
    assert whole == pytest.approx(day)


def test_hours_without_traffic_have_no_speed() -> None:
    slots = [Slot(0.0, 24.0, np.zeros(1), np.zeros(1), np.array([np.nan]))]
    found = noise_traffic.by_part(slots, pd.Index(["a"]), places.LEGAL)
    assert found.filter(like="speed").isna().all().all()
    assert (found.filter(like="light") == 0).all().all()


def test_a_raster_hears_what_a_facade_hears() -> None:
    parameters = places.figures(grid_cell=5)
    found = noise.grid(
        BASE, FLOWS, STREETS, places.junctions(STREETS), HOUSES, (-60.0, -20.0, 60.0, 80.0),
        parameters,
    )  # fmt: skip
    assert found["lden"].shape == (20, 24)
    assert found["lden"].attrs["units"] == "dB(A)"
    indoors = found["lden"].sel(x=-32.5, y=17.5)
    assert np.isnan(indoors)
    street = found["lden"].sel(x=-32.5, y=2.5)
    assert street > found["lden"].sel(x=-32.5, y=42.5)
    # 10.5 m from the axis; the wall behind adds at most 80 % of it again.
    assert 0 < float(found["lden"].sel(x=-32.5, y=7.5)) - BASE.frame.loc["b0", "lden"] < 5
