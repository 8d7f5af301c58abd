"""Help on its way: minutes worked out by head on a grid of blocks of 100 m."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import CRS, place, tiny
from twin.mobility import emergency
from twin.mobility.active import active_parameters

ACTIVE = active_parameters()
SLOW, FAST = 6.0 / 30.0, 6.0 / 50.0
"""Minutes for a block of 100 m at 30 and at 50 km/h."""
STATION = {"fire": gpd.GeoSeries([place(0, 50)], crs=CRS)}
"""Half-way up Vestvej, between junctions 11 and 21."""


def streets(**closed: bool) -> gpd.GeoDataFrame:
    """The town with the western block of Hovedgaden closed."""
    table = tiny().streets
    table.loc["w102:21-22", ["drive_forward", "drive_backward"]] = False
    if closed:
        table["emergency"] = table.index == "w102:21-22"
    return table


def minutes(table: gpd.GeoDataFrame, x: float, y: float, **options: bool) -> float:
    doors = gpd.GeoSeries([place(x, y)], crs=CRS)
    found = emergency.minutes(table, tiny().junctions, doors, STATION, ACTIVE, **options)
    return float(found.loc[0, "fire"])


def test_the_quickest_way_by_legal_speeds() -> None:
    # Half a block up, one and a half along Hovedgaden.
    assert minutes(tiny().streets, 150, 100) == pytest.approx(0.5 * SLOW + 1.5 * FAST)


def test_a_filter_that_lets_help_pass_costs_nothing_and_one_that_does_not_a_way_round() -> None:
    table = streets(emergency=True)
    assert minutes(table, 150, 100) == pytest.approx(0.5 * SLOW + 1.5 * FAST)
    # Down to 11, along Sydgade to 12, up to 22, half a block on.
    round_ = 2.5 * SLOW + 0.5 * FAST
    assert minutes(table, 150, 100, passable=False) == pytest.approx(round_)
    assert minutes(streets(), 150, 100) == pytest.approx(round_)


def test_help_drives_from_the_station_to_the_door_not_back() -> None:
    # Ensrettet runs north only: its middle is reached from 13, though 23 is as near.
    assert minutes(tiny().streets, 200, 50) == pytest.approx(3.0 * SLOW)
    # Leaving for the station from there one goes on to 23 and along Hovedgaden.
    back = 0.5 * SLOW + 2 * FAST + 0.5 * SLOW
    assert back < 3.0 * SLOW


def test_congested_minutes_go_before_legal_speed_in_their_own_direction() -> None:
    full = pd.DataFrame({"forward": [9.0], "backward": [np.nan]}, index=["w102:21-22"])
    doors = gpd.GeoSeries([place(150, 100)], crs=CRS)
    found = emergency.minutes(
        tiny().streets, tiny().junctions, doors, STATION, ACTIVE, car_minutes=full
    )
    assert found.loc[0, "fire"] == pytest.approx(2.5 * SLOW + 0.5 * FAST)
    # The other direction is not on the way of help.
    turned = full.rename(columns={"forward": "backward", "backward": "forward"})
    found = emergency.minutes(
        tiny().streets, tiny().junctions, doors, STATION, ACTIVE, car_minutes=turned
    )
    assert found.loc[0, "fire"] == pytest.approx(0.5 * SLOW + 1.5 * FAST)


def test_a_path_that_was_never_for_cars_is_passed_only_where_it_says_so() -> None:
    # Parkstien is the only way without 24; nothing is marked, so nothing opens.
    assert emergency.opened(tiny().streets)["drive_forward"].equals(tiny().streets["drive_forward"])
