"""Shortest ways of addresses on a grid of blocks of 100 m."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from tests.twin.cities import CRS, place, tiny
from twin.mobility import shortest
from twin.mobility.active import active_parameters

ACTIVE = active_parameters()


def at(*places: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([place(*one) for one in places], crs=CRS)


def test_metres_run_along_streets_from_foot_to_foot() -> None:
    # From 50 m along Sydgade over two corners to 50 m along Nordgade, one column further east.
    found = shortest.metres(
        tiny().streets, tiny().junctions, at((50, 0)), {"shop": at((150, 200))}, ACTIVE
    )
    assert found.loc[0, "shop"] == pytest.approx(50 + 200 + 50)


def test_the_nearest_of_several_goals_counts_and_none_is_missing() -> None:
    goals = {"shop": at((150, 200), (90, 0)), "bath": at()}
    found = shortest.metres(tiny().streets, tiny().junctions, at((50, 0)), goals, ACTIVE)
    assert found.loc[0, "shop"] == pytest.approx(40.0)
    assert np.isnan(found.loc[0, "bath"])


def test_cars_mind_one_way_streets() -> None:
    # Ensrettet runs north only: from 33 to 13 a car goes round by the next street westwards.
    doors, goals = at((200, 150)), {"shop": at((200, 50))}
    metres = [
        shortest.metres(tiny().streets, tiny().junctions, doors, goals, ACTIVE, mode).iloc[0, 0]
        for mode in ("walk", "drive")
    ]
    assert metres[0] == pytest.approx(100.0)
    # Up to 33, west, down two blocks, east to 13, and up to the goal.
    assert metres[1] == pytest.approx(50 + 100 + 200 + 100 + 50)
