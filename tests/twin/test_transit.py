from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from layers.errors import InputError
from tests.layers import osm_xml
from tests.layers.feeds import FILES, packed
from tests.twin.cities import CRS, place, tiny
from twin import cli, store, transit
from twin.mobility import transit as router
from twin.mobility.legs import NEVER

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City

DAY = "2019-05-14"
EIGHT = 8 * 3600
STOPS = {"west": (0, 0), "east": (300, 200), "away": (25_000, 0), "afar": (30_000, 0)}
TRIPS = {
    "t1": [("west", "08:00:00"), ("east", "08:01:00"), ("away", "08:30:00")],
    "t2": [("away", "08:00:00"), ("afar", "08:30:00")],
    "t3": [("afar", "08:00:00"), ("west", "08:30:00")],
}
HOME, GOAL = (0, 51), (300, 181)


def _feed(path: Path, *trips: str, **changes: str) -> Path:
    points = gpd.GeoSeries([place(*at) for at in STOPS.values()], crs=CRS).to_crs(4326)
    stops = [f"{name},{name},{at.y:.7f},{at.x:.7f}" for name, at in zip(STOPS, points, strict=True)]
    calls = [f"{trip},{time},{time},{stop},{number}" for trip in trips
             for number, (stop, time) in enumerate(TRIPS[trip])]  # fmt: skip
    head = FILES["stop_times.txt"].splitlines()[0]
    files = {
        **FILES,
        "stops.txt": "\n".join([FILES["stops.txt"].splitlines()[0], *stops]),
        "stop_times.txt": "\n".join([head, *calls]),
        "trips.txt": "route_id,service_id,trip_id\n" + "".join(f"1,work,{one}\n" for one in trips),
        **{f"{name}.txt": text for name, text in changes.items()},
    }
    return packed(path, files)


def _points(*at: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([place(*one) for one in at], crs=CRS)


def _reach(city: City, **changes: Any) -> Any:
    options: dict[str, Any] = {
        "origins": _points(HOME),
        "targets": _points(GOAL),
        "day": DAY,
        "departures": (EIGHT - 300, EIGHT),
        "limit": 30.0,
    }
    return transit.reach(city, **(options | changes))


@pytest.fixture
def city(tmp_path: Path) -> City:
    return transit.add(tiny(), [_feed(tmp_path / "bus.zip", "t1")])


def test_a_feed_becomes_tables_of_the_city(city: City) -> None:
    assert list(city.transit_stops.index) == ["bus:west", "bus:east", "bus:away"]
    assert city.transit_stops["inside"].tolist() == [True, True, False]
    assert city.transit_stops["street"].notna().tolist() == [True, True, False]
    assert city.transit_stops["door"].iloc[:2].tolist() == pytest.approx([0, 0], abs=0.02)
    assert len(city.transit_times) == 3
    assert list(city.transit_lines.index) == ["bus:1"]
    assert city.transit_lines.length.iloc[0] > 25_000
    assert city.sources.loc["bus", "rows_kept"] == 3
    assert "Timetable: Buses" in city.attributions
    assert set(tiny().sources.index) < set(city.sources.index)


def test_trips_that_do_not_serve_the_place_are_left_out_and_counted(tmp_path: Path) -> None:
    city = transit.add(tiny(), [_feed(tmp_path / "bus.zip", "t1", "t2", "t3")])
    assert list(city.transit_trips.index) == ["bus:t1"]
    assert city.sources.loc["bus", ["rows_in", "rows_kept", "rows_refused"]].tolist() == [7, 3, 4]
    lost = city.drops.iloc[len(tiny().drops) :].set_index("table")["count"]
    assert lost.to_dict() == {"transit_stops": 1, "transit_times": 4, "transit_trips": 2}
    assert set(city.drops["reason"].iloc[-3:]) == {"bus.zip: outside the model area"}
    assert city.drops["examples"].iloc[-3] == "bus:t2 bus:t3"
    again = transit.add(city, [tmp_path / "bus.zip"])
    assert again.drops.equals(city.drops)
    assert again.digest == city.digest


def test_a_second_feed_stands_beside_the_first_and_a_new_one_in_its_place(
    city: City, tmp_path: Path
) -> None:
    both = transit.add(city, [_feed(tmp_path / "ferry.zip", "t1", "t3")])
    assert set(both.transit_trips.index) == {"bus:t1", "ferry:t1"}
    assert both.transit_times.index.tolist() == list(range(6))
    again = transit.add(both, [_feed(tmp_path / "bus.zip", "t1")])
    assert again.transit_times.sort_values(["trip", "sequence"]).equals(
        both.transit_times.sort_values(["trip", "sequence"]).set_axis(
            again.transit_times.sort_values(["trip", "sequence"]).index
        )
    )
    assert list(again.sources.index).count("bus") == 1


def test_the_twin_folder_keeps_the_timetable_and_opens_it_when_asked(
    city: City, tmp_path: Path
) -> None:
    store.save(city, tmp_path / "town.twin")
    again = store.open(tmp_path / "town.twin")
    assert again == city
    assert again.transit_times.equals(city.transit_times)
    assert _reach(again).frame.equals(_reach(city).frame)


def test_the_bus_is_taken_where_it_beats_the_walk(city: City) -> None:
    """On foot 430 m; by bus 51 m, a minute, 19 m; the bus leaves once, at eight."""
    run = _reach(city)
    walk, bus = 323, 60 + 15
    expected = [walk, 240 + bus, 180 + bus, 120 + bus, 60 + bus, walk]
    assert run.seconds.tolist() == [expected]
    assert (run.departures - EIGHT).tolist() == [-300, -240, -180, -120, -60, 0]
    frame = run.frame.loc[0] * 60
    assert frame[["walk", "fastest", "median", "slowest"]].tolist() == pytest.approx(
        [walk, 60 + bus, 180 + bus, walk]
    )
    assert run.frame.loc[0, "share"] == 1.0


def test_what_takes_longer_than_the_limit_is_missing(city: City) -> None:
    run = _reach(city, limit=4.0)
    assert run.frame.loc[0, "walk":"slowest"].isna().tolist() == [True, False, True, True]
    assert run.frame.loc[0, "share"] == pytest.approx(2 / 6)


def test_without_service_on_the_day_people_walk(city: City) -> None:
    run = _reach(city, day="2019-05-11")  # a Saturday
    assert set(run.seconds.ravel()) == {323}


def test_home_is_the_goal_and_home_off_the_streets(city: City) -> None:
    run = _reach(city, origins=_points((290, 181), (5000, 5000)))
    assert run.frame.loc[0, "median"] == 8 / 60  # 10 m at 4.8 km/h, rounded up
    assert run.frame.loc[1].isna().sum() == 4
    assert run.counts["origins_off_network"] == 1
    assert run.counts["stops_off_network"] == 0  # the one far away is not of this place
    assert any("Origins left out" in text for text in run.limits)


def test_guesses_of_the_timetable_are_told(tmp_path: Path) -> None:
    often = "trip_id,start_time,end_time,headway_secs\nt1,08:00:00,09:00:00,600\n"
    city = transit.add(tiny(), [_feed(tmp_path / "bus.zip", "t1", frequencies=often)])
    run = _reach(city, departures=(EIGHT, EIGHT + 600))
    assert any("written out of headways" in text for text in run.limits)
    assert run.counts["connections"] == 5 + 4  # from west at 8:00 to 8:40, from east a minute later
    uncovered = transit.add(city, [_feed(
        tmp_path / "old.zip", "t1", calendar=FILES["calendar.txt"].replace("2019", "2018")
    )])  # fmt: skip
    assert any("covers 2018-05-01 to 2018-05-15 only" in text for text in _reach(uncovered).limits)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no date": ({"day": "14 May"}, "is no date"),
    "day of no timetable": ({"day": "2031-01-01"}, "run from 2019-05-01 to 2019-05-15"),
    "window backwards": ({"departures": (10, 0)}, "no window of a day"),
    "window beyond the day": ({"departures": (0, 90_000)}, "no window of a day"),
    "no time at all": ({"limit": 0.0}, "minutes cannot be used"),
    "no number": ({"limit": float("nan")}, "minutes cannot be used"),
    "nobody": ({"origins": _points()}, "origins: are none"),
    "nowhere": ({"targets": _points()}, "targets: are none"),
    "degrees": ({"targets": _points(GOAL).to_crs(4326)}, "targets: are not in EPSG:25832"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_questions_are_refused(case: str, city: City) -> None:
    changes, words = BAD[case]
    with pytest.raises(InputError) as caught:
        _reach(city, **changes)
    assert words in str(caught.value)


def test_all_faults_of_a_question_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        _reach(tiny(), limit=-1.0, origins=_points())
    assert len(caught.value.faults) == 3
    assert "--gtfs" in str(caught.value)


def test_a_feed_of_another_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no trip calls twice in the model area"):
        transit.add(tiny(), [_feed(tmp_path / "bus.zip", "t2", "t3")])


def test_two_feeds_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    paths = [_feed(tmp_path / "bus.zip", "t1"), _feed(tmp_path / "b" / "bus.zip", "t1")]
    with pytest.raises(InputError, match="name bus of another feed"):
        transit.add(tiny(), paths)


def test_build_takes_timetables(tmp_path: Path) -> None:
    town = osm_xml.write(
        tmp_path / "town.osm",
        osm_xml.grid(3, 3),
        *(osm_xml.way(row, range(3 * row + 1, 3 * row + 4), highway="residential")
          for row in range(3)),
        osm_xml.way(9, [1, 4, 7], highway="residential"),
    )  # fmt: skip
    stops = "stop_id,stop_name,stop_lat,stop_lon\na,A,55,10\nb,B,55.002,10.002\n"
    calls = "\n".join(FILES["stop_times.txt"].splitlines()[:3])
    feed = packed(tmp_path / "bus.zip", {**FILES, "stops.txt": stops, "stop_times.txt": calls})
    out = tmp_path / "town.twin"
    words = ["build", str(town), "--country", "DK", "--year", "2020", "-o", str(out), "--gtfs"]
    shown = CliRunner().invoke(cli.cli, [*words, str(feed)])
    assert shown.exit_code == 0, shown.output
    assert "Timetable bus, 2019-05-01 to 2019-05-15: trips 1, calls 2." in shown.output
    assert len(store.open(out).transit_times) == 2
    broken = CliRunner().invoke(cli.cli, [*words, str(feed), "--gtfs", str(tmp_path / "none.zip")])
    assert broken.exit_code == cli.UNUSABLE
    assert "none.zip" in broken.output


def test_columns_of_the_answer_stand_in_order() -> None:
    order = np.array([[60, 120, NEVER]])
    frame = router._frame(pd.Index(["h"]), order, np.array([NEVER]))
    assert frame.loc["h", "fastest"] == 1.0
    assert frame.loc["h", "median"] == 2.0
    assert np.isnan(frame.loc["h", "slowest"])
    assert frame.loc["h", "share"] == pytest.approx(2 / 3)
