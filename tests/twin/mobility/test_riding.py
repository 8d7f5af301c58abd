from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import CRS, frame, place, tiny
from tests.twin.mobility.rides import timetable
from twin.mobility import access, riding
from twin.mobility.active import active_parameters
from twin.mobility.transit_parameters import transit_parameters

CITY = tiny()
EIGHT = 8 * 3600
FIGURES = replace(transit_parameters(), longest=30.0)
BUSES = [[(0, 1, EIGHT + 600 * k, EIGHT + 600 * k + 60, True, True)] for k in range(3)]


def _riding(last: int = EIGHT + 9 * 60) -> riding.Riding:
    index = pd.Index(["west", "east"], dtype="str")
    stops = gpd.GeoDataFrame({"inside": [True, True]}, index=index, crs=CRS,
                             geometry=[place(0, 0), place(300, 200)])  # fmt: skip
    return riding.by_timetable(stops, timetable(2, BUSES), CITY.streets, CITY.junctions,
                               (EIGHT, last), FIGURES)  # fmt: skip


def test_minutes_onward_by_hand() -> None:
    # Every ten minutes a bus of one minute: who comes at each minute waits 0 to 9, in the middle 5.
    found = _riding().onward(np.array([np.inf, 0.25]))
    assert found[0] == pytest.approx(5 + 1 + 0.25)
    assert np.isinf(found[1])  # nobody rides back


def test_a_goal_too_far_from_the_last_stop_is_not_reached() -> None:
    assert np.isinf(_riding().onward(np.array([np.inf, 16.0]))).all()
    assert np.isfinite(_riding().onward(np.array([np.inf, 15.0]))[0])


def test_where_most_departures_find_no_bus_there_is_no_figure() -> None:
    # The last bus leaves at 8:20; until 9:00 three departures out of four come too late.
    late = _riding(EIGHT + 3600).onward(np.array([np.inf, 0.25]))
    assert np.isinf(late[0])


def test_buildings_ride_where_that_is_quicker_than_the_whole_walk() -> None:
    # From far in the west to a school beside the eastern stop.
    homes = CITY.buildings.loc[["w1001"]]
    goal = frame("places", ["n1"], geometry=[place(300, 195)], key="amenity", value="school",
                 need="school")  # fmt: skip
    usual = active_parameters()
    parameters = replace(
        usual, walk_speed=1.0, crossing=replace(usual.crossing, most=0.0, walk_green=90.0)
    )
    found = access.run(homes, goal, CITY.streets, CITY.junctions, parameters, ways=["walk"],
                       riding=_riding()).frame.loc["w1001"]  # fmt: skip
    metre = 60 / 1000
    assert found["walk_school"] == pytest.approx((25 + 50 + 300 + 95) * metre)
    first, last = (25 + 50) * metre, np.ceil(5 * metre * 60) / 60
    assert found["transit_school"] == pytest.approx(first + 5 + 1 + last)
