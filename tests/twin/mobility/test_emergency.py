"""Help on its way: minutes worked out by head on a grid of blocks of 100 m."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import CRS, place, tiny
from twin.mobility import emergency
from twin.mobility.active import active_parameters

ACTIVE = active_parameters()
TABLES = emergency.rules()
FREE = dict.fromkeys(TABLES.speed, 1000.0)
"""So fast that only the time of cars counts."""
RULES = replace(TABLES, share=0.5, speed=FREE)
SLOW, FAST = 3.0 / 30.0, 3.0 / 50.0
"""Minutes for a block of 100 m in half the time of a car, at 30 and at 50 km/h."""
STATION = {"fire": gpd.GeoSeries([place(0, 50)], crs=CRS)}
"""Half-way up Vestvej, between junctions 11 and 21."""
BLOCK = "w102:21-22"
"""Western block of Hovedgaden."""
ROUND = 2.5 * SLOW + 0.5 * FAST
"""From the station down to 11, along Sydgade to 12, up to 22, half a block on."""
THROUGH = 0.5 * SLOW + 1.5 * FAST
"""Half a block up, one and a half along Hovedgaden."""


def closed(**values: object) -> gpd.GeoDataFrame:
    """The town with the western block of Hovedgaden closed, and more said of it."""
    table = tiny().streets
    table.loc[BLOCK, ["drive_forward", "drive_backward"]] = False
    return said(table, **values)


def said(table: gpd.GeoDataFrame, **values: object) -> gpd.GeoDataFrame:
    for name, value in values.items():
        unset: Any = False if isinstance(value, bool) else None
        column = pd.Series(unset, table.index, dtype="bool" if unset is False else "str")
        column.loc[BLOCK] = value
        table[name] = column
    return table


def minutes(table: gpd.GeoDataFrame, x: float = 150, y: float = 100, **options: Any) -> float:
    doors = gpd.GeoSeries([place(x, y)], crs=CRS)
    junctions = options.pop("junctions", tiny().junctions)
    may = options.pop("may", RULES)
    found = emergency.minutes(table, junctions, doors, STATION, ACTIVE, may, **options)
    return float(found.loc[0, "fire"])


def test_half_the_time_of_cars_on_the_quickest_way() -> None:
    assert minutes(tiny().streets) == pytest.approx(THROUGH)


def test_nobody_drives_faster_than_a_street_of_its_class_allows() -> None:
    kinds = tiny().streets["highway"]
    slow = replace(RULES, speed={**FREE, kinds[BLOCK]: 40.0})
    half = 0.5 * SLOW if kinds["w201:11-21"] != kinds[BLOCK] else 0.5 * 6.0 / 40.0
    assert minutes(tiny().streets, may=slow) == pytest.approx(half + 1.5 * 6.0 / 40.0)


@pytest.mark.parametrize(
    ("values", "stop"),
    [
        ({"emergency": True}, TABLES.streets["emergency"]),
        ({"emergency": True, "barrier": "bollard=removable"}, TABLES.barriers["bollard=removable"]),
        ({"emergency": True, "bus_gate": True}, TABLES.streets["bus_gate"]),
        ({"highway": "pedestrian"}, TABLES.classes["pedestrian"]),
    ],
)
def test_what_opens_to_help_takes_its_time(values: dict[str, object], stop: float) -> None:
    table = tiny().streets.assign(highway="residential")
    table.loc[BLOCK, ["drive_forward", "drive_backward"]] = False
    kind = values.pop("highway", "residential")
    table = said(table, **values)
    table.loc[BLOCK, "highway"] = kind
    may = replace(RULES, barriers={**TABLES.barriers, "bollard=removable": 3.0})
    stop = min(stop, 3.0)
    assert minutes(table, may=may) == pytest.approx(THROUGH + stop / 60.0)


@pytest.mark.parametrize(
    "values",
    [{}, {"barrier": "bollard=fixed"}, {"emergency": False, "bus_gate": True}],
)
def test_what_stays_shut_costs_a_way_round(values: dict[str, object]) -> None:
    assert minutes(closed(**values)) == pytest.approx(ROUND)


def test_filters_can_be_asked_for_as_if_they_were_shut() -> None:
    table = closed(emergency=True)
    assert minutes(table) == pytest.approx(THROUGH)
    assert minutes(table, passable=False) == pytest.approx(ROUND)


def test_a_closed_street_is_driven_into_as_far_as_what_closes_it() -> None:
    """A door on the closed block is reached from its beginning, one metre on foot as before."""
    assert minutes(closed(), 50, 100) == pytest.approx(0.5 * SLOW + 0.5 * FAST)
    assert minutes(closed(), 50, 100, passable=False) == pytest.approx(0.5 * SLOW + 0.5 * FAST)


def test_a_door_before_a_filter_is_reached_without_opening_it() -> None:
    """A filter that opens never makes a way longer than one that stays shut."""
    table = closed(emergency=True, barrier="bollard=removable")
    assert minutes(table, 50, 100) == pytest.approx(0.5 * SLOW + 0.5 * FAST)
    for x in (25, 75, 150, 250):
        assert minutes(table, x, 100) <= minutes(table, x, 100, passable=False) + 1e-9


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("gate", THROUGH + TABLES.barriers["gate"] / 60.0),
        ("planter", ROUND),
    ],
)
def test_barriers_at_junctions_hold_help_up_or_send_it_round(kind: str, expected: float) -> None:
    junctions = tiny().junctions.assign(
        barrier=pd.Series(None, tiny().junctions.index, dtype="str")
    )
    junctions.loc[21, "barrier"] = kind
    may = replace(RULES, barriers={"gate": 3.0})
    expected = THROUGH + 3.0 / 60.0 if kind == "gate" else expected
    assert minutes(tiny().streets, junctions=junctions, may=may) == pytest.approx(expected)


def test_help_drives_from_the_station_to_the_door_and_to_hospital_the_other_way() -> None:
    # Ensrettet runs north only: its middle is reached from 13, though 23 is as near.
    assert minutes(tiny().streets, 200, 50) == pytest.approx(3.0 * SLOW)
    # Leaving for the station from there one goes on to 23 and along Hovedgaden.
    back = 0.5 * SLOW + 2 * FAST + 0.5 * SLOW
    assert minutes(tiny().streets, 200, 50, towards=("fire",)) == pytest.approx(back)


def test_congested_minutes_go_before_legal_speed_in_their_own_direction() -> None:
    full = pd.DataFrame({"forward": [9.0], "backward": [np.nan]}, index=[BLOCK])
    assert minutes(tiny().streets, car_minutes=full) == pytest.approx(ROUND)
    # The other direction is not on the way of help.
    turned = full.rename(columns={"forward": "backward", "backward": "forward"})
    assert minutes(tiny().streets, car_minutes=turned) == pytest.approx(THROUGH)


def test_footways_are_too_narrow() -> None:
    streets = tiny().streets
    # Parkstien is the only way from 14 to 24.
    assert not emergency.opened(streets, RULES).index.str.startswith("w204").any()


def test_the_tables_name_what_they_mean() -> None:
    assert 0.0 < TABLES.share < 1.0
    assert "bus_guideway" not in TABLES.speed
    assert "planter" not in TABLES.barriers
    assert set(TABLES.classes) <= set(TABLES.speed)
    assert set(TABLES.streets) == {"bus_gate", "emergency"}
