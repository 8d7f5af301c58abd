from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from layers import tables
from twin import counters

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")


def streets(*rows: tuple[str, list[tuple[float, float]], str, str, int]) -> gpd.GeoDataFrame:
    """Streets of id, course, class, open directions (f, b or fb) and way."""
    ids, courses, classes, ways, numbers = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "highway": classes,
            "drive_forward": ["f" in one for one in ways],
            "drive_backward": ["b" in one for one in ways],
            "way_id": numbers,
            "state": "standing",
        },
        geometry=[LineString(course) for course in courses],
        index=pd.Index(ids, dtype="str"),
        crs="EPSG:25832",
    )


def stations(*rows: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Counters of x, y, bearing and ways."""
    x, y, bearing, ways = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"bearing": bearing, "ways": ways},
        geometry=gpd.points_from_xy(x, y),
        index=[f"c{n}" for n in range(len(rows))],
        crs="EPSG:25832",
    )


def found(place: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Street and direction of each, missing ones as empty texts."""
    table = counters.attach(place, roads).fillna("")
    return list(zip(table["street"], table["direction"], strict=True))


EAST = ("east", [(0.0, 0.0), (200.0, 0.0)], "secondary", "fb", 1)


@pytest.mark.parametrize(
    ("bearing", "ways", "expected"),
    [
        (90.0, 1.0, ("east", "forward")),
        (270.0, 1.0, ("east", "backward")),
        (62.0, 1.0, ("east", "forward")),
        (90.0, 2.0, ("east", "both")),
        (275.0, 2.0, ("east", "both")),
        (NAN, 2.0, ("east", "both")),
        (0.0, 1.0, ("", "")),
        (0.0, 2.0, ("", "")),
        (NAN, 1.0, ("", "")),
    ],
)
def test_bearing_tells_the_direction(
    bearing: float, ways: float, expected: tuple[str, str]
) -> None:
    assert found(stations((100, 5, bearing, ways)), streets(EAST)) == [expected]


def test_a_count_of_one_way_on_a_one_way_street_needs_no_bearing() -> None:
    road = ("one", [(0.0, 0.0), (200.0, 0.0)], "secondary", "b", 1)
    assert found(stations((100, 5, NAN, 1), (100, 5, 90, 1)), streets(road)) == [
        ("one", "backward"), ("", ""),
    ]  # fmt: skip


def test_of_two_carriageways_the_bearing_takes_the_right_one() -> None:
    roads = streets(
        ("there", [(0.0, 0.0), (200.0, 0.0)], "primary", "f", 1),
        ("back", [(200.0, 8.0), (0.0, 8.0)], "primary", "f", 2),
    )
    place = stations((100, 4, 90, 1), (100, 4, 270, 1), (100, 4, NAN, 2))
    assert found(place, roads) == [("there", "forward"), ("back", "forward"), ("", "")]
    assert counters.attach(place, roads)["attachment"].iloc[2] == "ambiguous: back there"


def test_a_service_road_beside_is_not_meant_and_a_crossing_street_neither() -> None:
    roads = streets(
        EAST,
        ("yard", [(0.0, 9.0), (200.0, 9.0)], "service", "fb", 2),
        ("north", [(100.0, 0.0), (100.0, 200.0)], "secondary", "fb", 3),
    )
    assert found(stations((100, 8, 90, 1)), roads) == [("east", "forward")]


def test_a_way_that_a_junction_cuts_is_one_street_but_a_turn_is_not() -> None:
    roads = streets(
        ("a", [(0.0, 0.0), (100.0, 0.0)], "secondary", "fb", 1),
        ("b", [(100.0, 0.0), (200.0, 0.0)], "secondary", "fb", 1),
        ("c", [(300.0, 0.0), (400.0, 0.0)], "secondary", "fb", 2),
        ("d", [(400.0, 0.0), (400.0, 99.0)], "secondary", "fb", 2),
    )
    place = stations((99, 1, 90, 2), (399, 1, NAN, 2))
    assert found(place, roads) == [("a", "both"), ("", "")]


def test_why_a_counter_is_not_attached_is_said() -> None:
    place = stations((100, 500, 90, 1), (100, 5, 0, 1), (100, 5, NAN, 1))
    place.loc["c3"] = [90.0, 1.0, None]
    told = counters.attach(place, streets(EAST))["attachment"].tolist()
    assert told == [
        "no street within 40 m", "no street in that direction within 40 m",
        "ambiguous: direction on east", "no place is known",
    ]  # fmt: skip


def test_closed_and_removed_streets_are_not_looked_at() -> None:
    roads = streets(EAST, ("path", [(0.0, 6.0), (200.0, 6.0)], "cycleway", "", 2))
    assert found(stations((100, 6, 90, 2)), roads) == [("east", "both")]
    roads["state"] = "removed"
    assert found(stations((100, 6, 90, 2)), roads) == [("", "")]


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 359.9), st.floats(0, 359.9))
def test_turning_the_map_turns_nothing_else(heading: float, bearing: float) -> None:
    """The answer depends on the angle between count and street only."""
    angle = np.radians(heading)
    ahead = np.array([np.sin(angle), np.cos(angle)]) * 100
    road = streets(("r", [tuple(-ahead), tuple(ahead)], "primary", "fb", 1))
    turn = abs((bearing - heading + 180) % 360 - 180)
    expected = "forward" if turn <= 40 else "backward" if turn >= 140 else ""
    if min(abs(turn - 40), abs(turn - 140)) > 1e-6:
        assert found(stations((0, 0, bearing, 1)), road)[0][1] == expected


def test_factors_of_days_and_months_average_to_one() -> None:
    """Otherwise a whole year of counts would not give its own mean."""
    factors = tables.figures("day_types")
    assert np.mean([factors[f"weekday.{n}"] for n in range(1, 8)]) == pytest.approx(1, abs=1e-9)
    assert np.mean([factors[f"month.{n}"] for n in range(1, 13)]) == pytest.approx(1, abs=1e-9)


def year(traffic: float) -> pd.Series:
    """Daily counts of 2014 that follow the factors exactly."""
    factors = tables.figures("day_types")
    days = pd.date_range("2014-01-01", "2014-12-31")
    usual = [factors[f"month.{d.month}"] * factors[f"weekday.{d.isoweekday()}"] for d in days]
    return pd.Series(traffic * np.array(usual), index=days)


@pytest.mark.parametrize(
    ("kind", "days", "more"),
    [
        ("aadt", slice(None), {}),
        ("weekday_mean", slice(None), {}),
        ("july", slice("2014-07-01", "2014-07-28"), {}),
        ("week", slice("2014-05-12", "2014-05-18"), {"month": 5}),
        ("weekdays_week", slice("2014-05-12", "2014-05-16"), {"month": 5}),
        ("day", slice("2014-05-14", "2014-05-14"), {"month": 5, "weekday": 3}),
    ],
)
def test_every_kind_of_count_leads_back_to_the_year(
    kind: str, days: slice, more: dict[str, int]
) -> None:
    part = year(10_000.0)[days]
    if kind == "weekday_mean":
        part = part[part.index.day_of_week < 5]
    traffic, error = counters.expand(float(part.mean()), kind, **more)
    assert traffic == pytest.approx(10_000, rel=0.005)
    share = tables.load("count_kinds").set_index("kind").loc[kind, "value"]
    assert error == pytest.approx(traffic * float(share))


def test_fewer_days_mean_a_larger_error() -> None:
    kinds = ["aadt", "weekday_mean", "july", "week", "weekdays_week", "day"]
    errors = [counters.expand(1000, kind, month=5, weekday=3)[1] / counters.expand(
        1000, kind, month=5, weekday=3)[0] for kind in kinds]  # fmt: skip
    assert errors == sorted(errors)


def test_a_count_that_lacks_its_month_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its month"):
        counters.expand(100, "week")
    with pytest.raises(ValueError, match="needs its weekday"):
        counters.expand(100, "day", month=3)


def test_a_series_gives_the_year_and_its_error_shrinks_with_days() -> None:
    hours = pd.date_range("2014-01-01", "2014-12-31 23:00", freq="h")
    counts = year(4_800.0).reindex(hours, method="ffill").to_numpy() / 24
    times = pd.Series(hours)
    whole = counters.from_series(times, counts, 3600)
    assert whole[:2] == pytest.approx((4_800, 4_800 * 0.03))
    assert whole[2] == 365
    noise = np.random.default_rng(1).normal(0, 60, len(counts))
    short = counters.from_series(times[:240], (counts + noise)[:240], 3600)
    longer = counters.from_series(times, counts + noise, 3600)
    assert short[1] > longer[1]
    assert abs(longer[0] - 4_800) < 3 * longer[1]


def test_days_with_holes_are_left_out_or_filled_up_by_share() -> None:
    hours = pd.Series(pd.date_range("2014-05-14", periods=72, freq="h"))
    counts = np.full(72, 100.0)
    kept = np.ones(72, bool)
    kept[[3, 30, 31, 32, 33, 34]] = False
    traffic, _, days = counters.from_series(hours[kept], counts[kept], 3600)
    assert days == 2
    full = counters.from_series(hours[[*range(24), *range(48, 72)]].reset_index(drop=True),
                                np.full(48, 100.0), 3600)  # fmt: skip
    assert traffic == pytest.approx(full[0])
    assert counters.from_series(hours[:5], counts[:5], 3600)[2] == 0


def test_hours_of_a_series_add_up_to_its_day_and_broken_ones_are_left_out() -> None:
    times = pd.Series(pd.date_range("2024-03-04", periods=14 * 96, freq="15min"))
    counts = np.tile(np.repeat(np.arange(24.0), 4), 14)
    counts[:4] = 50.0
    vehicles, days = counters.by_hour(times[2:], counts[2:], 900.0)
    factors = tables.figures("day_types")
    # The first hour of the first Monday has two of four intervals and is left out.
    assert days.tolist() == [13, *[14] * 23]
    usual = [factors["month.3"] * factors[f"weekday.{number}"] for number in range(1, 8)]
    expected = 4.0 * np.arange(24.0) * np.mean(1.0 / np.array(usual))
    np.testing.assert_allclose(vehicles[1:], expected[1:], rtol=1e-12)
    traffic, _, _ = counters.from_series(times[96:], counts[96:], 900.0)
    assert vehicles.sum() == pytest.approx(traffic, rel=0.02)


def test_an_hour_that_nobody_counted_is_missing() -> None:
    times = pd.Series(pd.date_range("2024-03-04 06:00", periods=8, freq="h"))
    vehicles, days = counters.by_hour(times, np.ones(8), 3600.0)
    assert np.flatnonzero(np.isfinite(vehicles)).tolist() == list(range(6, 14))
    assert days.sum() == 8


@pytest.mark.data
def test_hours_of_a_real_detector_are_those_that_resampling_gives(data_dir: Path) -> None:
    rows = pd.read_csv(data_dir / "sensors" / "aarhus_trafficData158324.csv")
    times = pd.to_datetime(rows["TIMESTAMP"])
    counts = rows["vehicleCount"].to_numpy(dtype=np.float64)
    vehicles, days = counters.by_hour(times, counts, 300.0)
    factors = tables.figures("day_types")
    hours = pd.Series(counts, pd.DatetimeIndex(times)).resample("h").agg(["mean", "size"])
    kept = hours[hours["size"] >= 12 * factors["whole_day"]]
    usual = [factors[f"month.{t.month}"] * factors[f"weekday.{t.isoweekday()}"] for t in kept.index]
    expected = (12.0 * kept["mean"] / usual).groupby(kept.index.hour).mean().reindex(range(24))
    np.testing.assert_allclose(vehicles, expected, rtol=1e-9)
    assert days.sum() == len(kept) > 500
