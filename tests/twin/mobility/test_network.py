from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin.mobility import network, speeds
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")


def _roads(**changes: Any) -> network.Roads:
    city = tiny()
    tables = {
        name: changes.get(name, city.table(name)) for name in ("streets", "junctions", "zones")
    }
    return network.build(
        tables["streets"], tables["junctions"], tables["zones"], PARAMETERS, delays=False
    )


def test_every_direction_that_cars_may_drive_is_a_link() -> None:
    roads = _roads()
    # 17 streets: two are a path, two one-way, 13 two-way; three zones with two connectors each.
    assert roads.links["direction"].value_counts().to_dict() == {
        "forward": 15, "backward": 13, "connector": 6,
    }  # fmt: skip
    assert not roads.links["street"].str.startswith("w204").any()
    assert "w203:13-23 forward" in roads.links.index
    assert "w203:13-23 backward" not in roads.links.index


def test_zones_are_the_first_nodes_and_never_passed_through() -> None:
    road = _roads().network
    assert (road.zones, road.nodes, road.first_through) == (3, 15, 3)
    connectors = road.power == 0.0
    assert connectors.sum() == 6
    assert np.isinf(road.capacity[connectors]).all()
    ends = np.minimum(road.link_from, road.link_to)
    assert ((ends < 3) == connectors).all()


def test_time_capacity_and_length_of_a_street() -> None:
    roads = _roads()
    road = roads.network
    main = roads.links.index.get_loc("w102:21-22 forward")
    # 100 m at 0.9 of 50 km/h; one lane in each direction of a tertiary road.
    assert road.length[main] == pytest.approx(0.1)
    assert road.free_time[main] == pytest.approx(0.1 / 45 * 60)
    assert road.capacity[main] == 600.0
    assert (road.alpha[main], road.power[main]) == (0.15, 4.0)


def test_connector_takes_half_the_side_of_the_cell() -> None:
    roads = _roads()
    out = roads.links.index.get_loc("z0_0 out")
    assert roads.network.free_time[out] == pytest.approx(0.5 * np.sqrt(0.1 * 0.2) / 20 * 60)


@pytest.mark.parametrize(
    ("lanes", "one_way", "capacity"),
    [(1.0, False, 600.0), (2.0, False, 600.0), (4.0, False, 1200.0), (2.0, True, 1200.0)],
)
def test_lanes_are_those_of_one_direction(lanes: float, one_way: bool, capacity: float) -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", "lanes"] = lanes
    streets.loc["w102:21-22", "drive_backward"] = not one_way
    roads = _roads(streets=streets)
    link = roads.links.index.get_loc("w102:21-22 forward")
    assert roads.network.capacity[link] == capacity


@pytest.mark.parametrize(("legal", "driven"), [(30.0, 27.0), (50.0, 45.0), (80.0, 80.0)])
def test_towns_are_driven_below_the_legal_speed(legal: float, driven: float) -> None:
    assert speeds.free_speed(np.array([legal]), PARAMETERS)[0] == pytest.approx(driven)


def test_unknown_classes_have_the_capacity_of_others() -> None:
    streets = tiny().streets
    streets["highway"] = "raceway"
    roads = _roads(streets=streets)
    own = roads.links["direction"] != "connector"
    assert set(roads.network.capacity[own]) == {PARAMETERS.lane_capacity["other"]}


def test_removed_streets_and_streets_without_junctions_carry_nobody() -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", "state"] = "removed"
    junctions = tiny().junctions.drop(index=14)
    roads = _roads(streets=streets, junctions=junctions)
    used = set(roads.links["street"])
    assert "w102:21-22" not in used
    assert "w101:13-14" not in used
    assert set(roads.loose) == {"w101:13-14"}


def test_a_zone_whose_junction_no_car_reaches_is_named() -> None:
    zones = tiny().zones
    zones.loc["z1_0", "node"] = 999
    roads = _roads(zones=zones)
    assert roads.unconnected.tolist() == ["z1_0"]
    assert "z1_0 out" not in roads.links.index


def test_a_city_without_streets_is_a_network_without_links() -> None:
    roads = _roads(streets=tiny().streets.iloc[:0])
    assert len(roads.network.link_from) == 0
    assert len(roads.unconnected) == 3


def test_parallel_streets_stay_separate() -> None:
    streets = tiny().streets
    twin = streets.loc[["w102:21-22"]].rename(index={"w102:21-22": "w102:21-22:1"})
    roads = _roads(streets=pd.concat([streets, twin]))
    ends = list(zip(roads.network.link_from, roads.network.link_to, strict=True))
    one = roads.links.index.get_loc("w102:21-22 forward")
    other = roads.links.index.get_loc("w102:21-22:1 forward")
    assert one != other
    assert ends[one] == ends[other]


def test_parameters_decide_the_delay_law() -> None:
    city = tiny()
    changed = replace(PARAMETERS, delay_alpha=0.5, delay_power=2.0)
    roads = network.build(city.streets, city.junctions, city.zones, changed, delays=False)
    own = (roads.links["direction"] != "connector").to_numpy()
    assert set(roads.network.alpha[own]) == {0.5}
    assert set(roads.network.power[own]) == {2.0}


def _whole(**keywords: Any) -> network.Roads:
    city = tiny()
    tables = {name: keywords.pop(name, city.table(name)) for name in ("streets", "junctions")}
    return network.build(**tables, zones=city.zones, parameters=PARAMETERS, **keywords)


def test_waiting_at_the_end_is_part_of_the_link() -> None:
    roads = _whole()
    road, main = roads.network, roads.links.index.get_loc("w102:21-22 forward")
    row = roads.approaches.loc["w102:21-22 forward"]
    assert row[["control", "control_source"]].tolist() == ["signal", "observed"]
    # 100 m at 50 km/h and the signal; nobody is slowed to 90 % of the limit besides.
    assert road.free_time[main] == pytest.approx(0.1 / 50 * 60 + row["delay"] / 60)


def test_at_its_capacity_a_link_takes_the_time_of_driving_and_of_waiting() -> None:
    roads = _whole()
    road, main = roads.network, roads.links.index.get_loc("w102:21-22 forward")
    row = roads.approaches.loc["w102:21-22 forward"]
    full = road.capacity[main] / row["capacity"]
    green = row["capacity"] / 1900
    uniform = 45 * (1 - green) ** 2 / (1 - full * green)
    queue = 225 * (full - 1 + np.sqrt((full - 1) ** 2 + 4 * full / (row["capacity"] * 0.25)))
    time = road.free_time[main] * (1 + road.alpha[main])
    assert time == pytest.approx(1.15 * 0.12 + (uniform + queue) / 60)


def test_a_link_takes_what_its_narrowest_place_takes() -> None:
    roads = _whole()
    place = roads.network.link_ids.get_indexer(roads.approaches.index)
    assert (roads.network.capacity[place] <= roads.approaches["capacity"] + 1e-9).all()
    assert (roads.network.capacity > 0.0).all()


def test_load_is_flow_over_what_the_approach_takes() -> None:
    roads = _whole()
    flow = np.arange(len(roads.links), dtype=np.float64)
    found = roads.load(flow)
    place = roads.links.index.get_loc("w102:21-22 forward")
    row = found.loc["w102:21-22 forward"]
    assert row["load"] == pytest.approx(place / row["capacity"])
    assert found.index.equals(roads.approaches.index)
    assert np.isfinite(found["load"]).all()


def test_limits_name_spill_back_and_guesses() -> None:
    limits = _whole().limits
    assert any("no spill-back modelled" in sentence for sentence in limits)
    assert any("is guessed" in sentence for sentence in limits)
    assert _whole(delays=False).limits == ()
    assert _whole(delays=False).approaches.empty


def test_closing_a_street_leaves_all_other_links_as_they_were() -> None:
    before = _whole()
    streets = tiny().streets
    streets.loc["w202:22-32", ["drive_forward", "drive_backward"]] = False
    after = _whole(streets=streets)
    rest = after.links.index
    assert "w202:22-32 forward" not in rest
    place = before.links.index.get_indexer(rest)
    for name in ("capacity", "free_time", "alpha", "length"):
        here, there = getattr(after.network, name), getattr(before.network, name)[place]
        assert here == pytest.approx(there)


@pytest.mark.parametrize(
    ("column", "value", "period", "open_"),
    [
        ("closed_morning", True, "morning", False),
        ("closed_morning", True, "evening", True),
        ("closed_morning", True, None, True),
        ("bus_gate", True, None, False),
        ("barrier", "bollard", None, False),
        ("drive_forward", False, None, False),
    ],
)
def test_what_closes_a_street(column: str, value: object, period: str | None, open_: bool) -> None:
    streets = tiny().streets
    if column not in streets:
        none = None if isinstance(value, str) else False
        streets[column] = pd.Series(
            none, index=streets.index, dtype="str" if none is None else bool
        )
    streets.loc["w102:21-22", column] = value
    assert ("w102:21-22 forward" in _whole(streets=streets, period=period).links.index) == open_


@pytest.mark.parametrize(
    ("lanes", "buses", "one_way", "expected"),
    [
        (4.0, (1.0, 0.0), False, (600.0, 1200.0)),
        (6.0, (1.0, 1.0), False, (1200.0, 1200.0)),
        (3.0, (1.0, 0.0), False, (600.0, 600.0)),
        (2.0, (1.0, 0.0), False, (600.0, 600.0)),
        (3.0, (1.0, 0.0), True, (1200.0, None)),
        (3.0, (0.0, 1.0), True, (1200.0, None)),
    ],
)
def test_lanes_of_buses_are_not_those_of_cars(
    lanes: float,
    buses: tuple[float, float],
    one_way: bool,
    expected: tuple[float, float | None],
) -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", "lanes"] = lanes
    streets.loc["w102:21-22", "drive_backward"] = not one_way
    for way, bus in zip(("forward", "backward"), buses, strict=True):
        streets[f"bus_lanes_{way}"] = np.where(streets.index == "w102:21-22", bus, np.nan)
    roads = _whole(streets=streets, delays=False)
    table = roads.links.assign(capacity=roads.network.capacity)
    for way, bus, capacity in zip(("forward", "backward"), buses, expected, strict=True):
        if capacity is None:
            assert f"w102:21-22 {way}" not in table.index
            continue
        assert table.loc[f"w102:21-22 {way}", "capacity"] == capacity
        assert table.loc[f"w102:21-22 {way}", "bus_lane"] == (bus > 0.0)


def test_tolls_of_the_period_are_time() -> None:
    streets = tiny().streets
    streets["toll_morning"] = np.where(streets.index == "w102:21-22", 2.0, np.nan)
    roads = _whole(streets=streets, period="morning", value_of_time=12.0)
    link = roads.links.index.get_loc("w102:21-22 forward")
    assert roads.network.fixed_cost[link] == pytest.approx(10.0)
    assert roads.links["toll"].iloc[link] == 2.0
    assert np.delete(roads.network.fixed_cost, [link, link + 1]).sum() <= 10.0
    assert not _whole(streets=streets, period="evening").network.fixed_cost.any()
    with pytest.raises(ValueError, match="what an hour is worth"):
        _whole(streets=streets, period="morning")


def test_some_vehicles_may_not_use_some_streets() -> None:
    streets = tiny().streets
    streets["lorries"] = streets.index != "w102:21-22"
    streets["low_emission"] = pd.Series(None, index=streets.index, dtype="str")
    streets.loc["w102:22-23", "low_emission"] = "euro_5"
    streets["low_emission_hours"] = pd.Series(None, index=streets.index, dtype="str")
    roads = _whole(streets=streets)
    assert set(roads.links["street"][roads.barred("lorries")]) == {"w102:21-22"}
    assert set(roads.links["street"][roads.barred("euro_5")]) == {"w102:22-23"}
    assert not roads.barred("euro_6").any()
    streets.loc["w102:22-23", "low_emission_hours"] = "morning midday"
    for period, held in (("morning", True), ("night", False), (None, False)):
        assert _whole(streets=streets, period=period).barred("euro_5").any() == held


def test_gateways_are_zones_after_the_others() -> None:
    gateways = pd.DataFrame({"node": [11, 999]}, index=pd.Index(["g1", "g2"], name="id"))
    roads = _whole(gateways=gateways)
    road = roads.network
    assert (road.zones, road.first_through) == (5, 5)
    out = roads.links.index.get_loc("g1 out")
    assert road.link_from[out] == 3
    assert road.free_time[out] == 0.0
    assert roads.unconnected.tolist() == ["g2"]
    street = roads.links.index.get_loc("w101:11-12 forward")
    assert road.link_from[street] == road.link_to[out]


def test_periods_without_rules_of_their_own_share_one_network() -> None:
    city = tiny()
    streets = city.streets.assign(closed_night=False)
    streets.loc["w102:21-22", "closed_night"] = True
    periods = ("morning", "midday", "night")
    found = network.of_day(streets, city.junctions, city.zones, PARAMETERS, periods)
    assert list(found) == list(periods)
    assert found["morning"] is found["midday"]
    for period in periods:
        alone = _whole(streets=streets, period=period)
        pd.testing.assert_frame_equal(found[period].links, alone.links)
        assert np.array_equal(found[period].network.free_time, alone.network.free_time)


def test_measured_speeds_are_driven() -> None:
    streets = tiny().streets
    streets["mean_speed_kph"] = np.where(streets.index == "w102:21-22", 40.0, np.nan)
    roads = _whole(streets=streets)
    link = roads.links.index.get_loc("w102:21-22 backward")
    assert roads.network.free_time[link] == pytest.approx(0.1 / 40 * 60)
