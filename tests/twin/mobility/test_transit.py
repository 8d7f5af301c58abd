from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers import tables
from tests.twin.cities import CRS, place, tiny
from tests.twin.mobility.rides import timetable
from twin.mobility import transit
from twin.mobility.transit_parameters import transit_parameters

CITY = tiny()
EIGHT = 8 * 3600
FIGURES = replace(transit_parameters(), longest=30.0)
ENDS = gpd.GeoSeries([place(0, 51), place(300, 181), place(5000, 5000)], crs=CRS)
BUS = [(0, 1, EIGHT, EIGHT + 60, True, True)]


def _stops() -> gpd.GeoDataFrame:
    points = [place(0, 0), place(300, 200)]
    index = pd.Index(["west", "east"], dtype="str")
    return gpd.GeoDataFrame({"inside": [True, True]}, geometry=points, index=index, crs=CRS)


def _ways(**changes: Any) -> transit.StopWays:
    return transit.ways(ENDS, _stops(), CITY.streets, CITY.junctions, FIGURES, **changes)


def test_journeys_between_zones_by_hand() -> None:
    """51 m to the bus of eight o'clock (39 s), a minute, 19 m on foot (15 s)."""
    found = transit.skim(_ways(), timetable(2, [BUS]), (EIGHT - 300, EIGHT), FIGURES)
    assert (found.departures - EIGHT).tolist() == [-300, -240, -180, -120, -60, 0]
    assert found.share[0, 1] == pytest.approx(5 / 6)  # at eight the bus is gone
    waited = 180 - 39  # on average 180 s before eight
    parts = [found.first_wait, found.wait, found.walk, found.ride, found.transfers]
    expected = [waited / 60, 0.0, (39 + 15) / 60, 1.0, 0.0]
    assert [part[0, 1] for part in parts] == pytest.approx(expected)
    assert found.time[0, 1] == pytest.approx((180 + 60 + 15) / 60)
    assert np.isinf(found.time[[0, 1, 1, 2], [0, 0, 1, 0]]).all()
    assert found.counts["pairs"] == 1
    assert found.counts["points_off_network"] == 1
    assert any("Points left out" in text for text in found.limits)


def test_parts_add_up_to_the_whole() -> None:
    later = [(1, 0, EIGHT + 300, EIGHT + 420, True, True)]
    found = transit.skim(_ways(), timetable(2, [BUS, later]), (EIGHT - 300, EIGHT), FIGURES)
    there = found.share > 0
    assert there.sum() == 2
    whole = found.first_wait + found.wait + found.walk + found.ride
    assert found.time[there] == pytest.approx(whole[there])


def test_by_bicycle_the_first_stop_is_nearer() -> None:
    """51 m at 16.8 km/h are 11 s, and 60 s to park: whoever walks is quicker. From afar it pays."""
    near = _ways(bicycle=True)
    assert near.access.time[near.access.first[0]] == 39
    quick = replace(FIGURES, bicycle_park=5)
    ridden = transit.ways(ENDS, _stops(), CITY.streets, CITY.junctions, quick, bicycle=True)
    assert ridden.access.time[ridden.access.first[0]] == 11 + 5
    assert np.array_equal(ridden.egress.time, near.egress.time)
    found = transit.skim(ridden, timetable(2, [BUS]), (EIGHT - 300, EIGHT), quick)
    assert found.walk[0, 1] == pytest.approx((16 + 15) / 60)
    assert any("bicycle" in text for text in found.limits)


def test_a_longest_time_shuts_out_what_takes_longer() -> None:
    short = replace(FIGURES, longest=4.0)
    found = transit.skim(_ways(), timetable(2, [BUS]), (EIGHT - 300, EIGHT), short)
    assert found.share[0, 1] == pytest.approx(2 / 6)  # 60 and 120 s before eight, 75 s more


def test_without_a_timetable_nothing_is_reached() -> None:
    found = transit.skim(_ways(), timetable(2, []), (EIGHT, EIGHT), FIGURES)
    assert np.isinf(found.time).all()
    assert not found.share.any()


def test_every_figure_has_unit_source_year_and_grade() -> None:
    rows = tables.load("transit")
    assert not rows[["value", "unit", "source", "year", "evidence"]].isna().any().any()
    assert set(rows["evidence"]) <= {"published", "assumed"}
