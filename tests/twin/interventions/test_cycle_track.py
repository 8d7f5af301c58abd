from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.twin import cities
from twin.interventions.cycle_track import CycleTrack
from twin.mobility import bicycle, stress
from twin.mobility.active import active_parameters

CITY = cities.tiny()
MAIN = ["w102:21-22", "w102:22-23", "w102:23-24"]
PARAMETERS = active_parameters()


def track(**changes: Any) -> CycleTrack:
    return CycleTrack.model_validate({"id": "t", "where": {"ids": MAIN}, "start": 2025, **changes})


def test_it_is_built_on_the_selected_streets_alone() -> None:
    after = track().apply(CITY).streets
    expected = CITY.streets
    expected.loc[MAIN, "cycleway"] = "track"
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(expected))


def test_it_takes_the_stress_from_a_main_road_and_the_detour_from_its_riders() -> None:
    # Without it the 300 m of main road feel like 410 m and riders go 498 m round; with it, 252 m.
    before, after = CITY, track().apply(CITY)
    levels = [
        stress.rated(city.streets, PARAMETERS).loc[MAIN, "stress"] for city in (before, after)
    ]
    assert [set(one) for one in levels] == [{3.0}, {1.0}]
    ends = gpd.GeoSeries([cities.place(0, 99), cities.place(300, 99)], crs=cities.CRS)
    lengths = [bicycle.skim(city.streets, city.junctions, ends, PARAMETERS).length[0, 1]
               for city in (before, after)]  # fmt: skip
    assert lengths == pytest.approx([0.498, 0.302])


def test_a_lane_is_worth_less_and_a_track_is_never_made_a_lane() -> None:
    lane = track(facility="lane").apply(CITY)
    assert set(stress.rated(lane.streets, PARAMETERS).loc[MAIN, "stress"]) == {2.0}
    done = track().apply(CITY)
    assert track(facility="lane").due(done, pd.Index(MAIN)).empty
    assert list(track().due(lane, pd.Index(MAIN))) == MAIN


def test_one_side_is_not_yet_both() -> None:
    streets = CITY.streets
    streets.loc[MAIN, "cycleway"] = ["left=no right=track", "both=track", "left=lane right=track"]
    city = CITY.replace(streets=streets)
    assert list(track().due(city, pd.Index(MAIN))) == [MAIN[0], MAIN[2]]


def test_contraflow_opens_one_way_streets_to_bicycles_only() -> None:
    one_way = ["w203:13-23"]
    plain = track(where={"ids": one_way}).apply(CITY).streets.loc[one_way[0]]
    both = track(where={"ids": one_way}, contraflow=True).apply(CITY).streets.loc[one_way[0]]
    assert not plain["bicycle_backward"]
    assert both["bicycle_backward"]
    assert not both["drive_backward"]


def test_the_cost_is_by_kilometre() -> None:
    cost = track().cost(CITY)
    assert cost.quantity == pytest.approx(0.3)
    assert cost.amount == pytest.approx(0.3 * 1_482_000)
    assert track(facility="lane").cost(CITY).amount == pytest.approx(0.3 * 40_000)


def test_paths_get_no_track() -> None:
    assert not track(where="all").select(CITY).str.startswith("w204").any()


@pytest.mark.parametrize("changes", [{"facility": "bridge"}, {"contraflow": "yes"}, {"width": 2}])
def test_unknown_fields_and_words_are_refused(changes: Any) -> None:
    with pytest.raises(ValidationError):
        track(**changes)
