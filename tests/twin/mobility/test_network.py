from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
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
    import pandas as pd

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
