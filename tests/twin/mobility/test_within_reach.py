from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from tests.twin.cities import tiny
from twin.mobility import access, moving, within_reach
from twin.mobility.active import active_parameters
from twin.mobility.within_reach import Offer

CITY = tiny()
FIGURES = active_parameters()
MINUTES = pd.Series({"jobs": 30.0, "shops": 15.0, "groceries": 15.0})


def test_offers_are_jobs_shops_and_places_of_needs() -> None:
    found = within_reach.offers(CITY.buildings, CITY.places, MINUTES)
    assert list(found) == ["jobs", "shops", "groceries"]
    assert found["jobs"].weight.sum() == CITY.buildings["jobs"].sum()
    assert len(found["shops"].points) == (CITY.places["key"] == "shop").sum()
    assert found["groceries"].minutes == 15.0


@pytest.mark.parametrize("way", ["walk", "bicycle"])
def test_counts_along_streets_are_those_of_access(way: moving.Way) -> None:
    # Second route: the same columns of access, which asks for them otherwise.
    buildings = CITY.buildings
    wanted = within_reach.offers(buildings, CITY.places, MINUTES)
    found = within_reach.along_streets(
        way,
        buildings.geometry.representative_point(),
        wanted,
        CITY.streets,
        CITY.junctions,
        FIGURES,
    )
    other = access.run(buildings, CITY.places, CITY.streets, CITY.junctions, FIGURES, ways=(way,),
                       opportunities=True).frame  # fmt: skip
    for name in (f"jobs_{way}_30", f"shops_{way}_15"):
        assert found[name].tolist() == pytest.approx(other[name].tolist(), nan_ok=True)


def test_zones_within_time_by_hand() -> None:
    zones = gpd.GeoDataFrame(
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)],
        index=pd.Index(["a", "b", "c"], name="id"), crs="EPSG:25832",
    )  # fmt: skip
    jobs = gpd.GeoSeries(
        [Point(0.5, 0.5), Point(1.0, 0.5), Point(2.5, 0.5), Point(9, 9)], crs=zones.crs
    )
    wanted = {"jobs": Offer(jobs, np.array([5.0, 7.0, 11.0, 100.0]), 30.0)}
    offered = within_reach.held(wanted, zones)
    assert offered.sum() == 23.0  # the last one lies nowhere, that on the border in one zone
    assert offered[2, 0] == 11.0
    time = np.array([[2.0, 30.0, 31.0], [30.0, 2.0, 12.0], [np.inf, 12.0, 2.0]])
    found = within_reach.between_zones("car", time, offered, wanted, zones.index)
    assert found["jobs_car_30"].to_dict() == {"a": 12.0, "b": 23.0, "c": offered[1, 0] + 11.0}
