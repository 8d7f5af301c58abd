from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.sensors import clock

DENMARK = "Europe/Copenhagen"


def texts(*cells: str | None) -> pd.Series:
    return pd.Series(cells, dtype="str")


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2014-10-26T01:30:00Z", ""),
        ("2014-10-26 03:30:00+02:00", ""),
        ("2014-10-25T20:30-0500", ""),
        ("1414287000", "s"),
        ("1414287000000", "ms"),
        ("26.10.2014 02:30 +0100", "%d.%m.%Y %H:%M %z"),
    ],
)
def test_a_time_that_says_its_offset_needs_no_zone(cell: str, form: str) -> None:
    utc, local = clock.parse(texts(cell), form)
    assert utc[0] == pd.Timestamp("2014-10-26T01:30", tz="UTC")
    assert local.isna().all()


@pytest.mark.parametrize(
    "cell", ["", "25 o'clock", "2014-13-01", "2014-02-30T00:00", "12:30", "99999-01-01", "=1+1"]
)
def test_what_is_no_time_is_missing(cell: str) -> None:
    utc, local = clock.parse(texts(cell), "")
    assert utc.isna().all()
    assert local.isna().all()


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)))  # noqa: DTZ001 - a local clock
def test_local_times_are_those_of_the_standard_library(moment: datetime) -> None:
    zone = ZoneInfo(DENMARK)
    utc, ambiguous, skipped = clock.to_utc(pd.Series([moment]), DENMARK)
    first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    assert utc[0].to_pydatetime() == first
    assert bool(ambiguous[0] | skipped[0]) == (first != second)


def test_the_year_has_a_day_of_23_and_a_day_of_25_hours() -> None:
    days = pd.Series(pd.date_range("2014-01-01", "2015-01-01", freq="D"))
    hours = clock.to_utc(days, DENMARK)[0].diff().dropna() / pd.Timedelta(hours=1)
    assert hours.value_counts().to_dict() == {24.0: 363, 23.0: 1, 25.0: 1}


def test_both_passes_of_the_hour_that_occurs_twice_are_told_apart() -> None:
    local = pd.Series(pd.to_datetime(["2014-10-26T02:15", "2014-10-26T02:45"] * 2))
    utc, ambiguous, _ = clock.to_utc(local, DENMARK)
    assert ambiguous.all()
    late = clock.second_pass(local, pd.Series(["a"] * 4), pd.Series(range(4)))
    assert late.tolist() == [False, False, True, True]
    both = utc + pd.to_timedelta(np.where(late, 3600, 0), unit="s")
    assert (both.diff().dropna() == pd.Timedelta(minutes=30)).all()


def test_order_of_arrival_counts_not_order_in_the_file() -> None:
    local = pd.Series(pd.to_datetime(["2014-10-26T02:15"] * 2 + ["2014-10-26T02:45"] * 2))
    late = clock.second_pass(local, pd.Series(["a"] * 4), pd.Series([1, 3, 2, 4]))
    assert late.tolist() == [False, True, False, True]


def test_without_any_order_the_second_of_equal_times_is_winter_time() -> None:
    clocks = ["02:40", "02:10", "02:30", "02:10", "02:20", "02:00"]
    local = pd.Series(pd.to_datetime([f"2014-10-26T{one}" for one in clocks]))
    late = clock.second_pass(local, pd.Series(["a"] * 6), pd.Series(range(6)))
    assert late.tolist() == [False, False, False, True, False, False]


def test_stations_have_clocks_of_their_own() -> None:
    local = pd.Series(pd.to_datetime(["2014-10-26T02:45", "2014-10-26T02:15"]))
    late = clock.second_pass(local, pd.Series(["a", "b"]), pd.Series([0, 1]))
    assert late.tolist() == [False, False]


def test_a_time_that_the_clock_skips_is_read_as_winter_time() -> None:
    utc, ambiguous, skipped = clock.to_utc(pd.Series([pd.Timestamp("2014-03-30T02:30")]), DENMARK)
    assert utc[0] == pd.Timestamp("2014-03-30T01:30", tz="UTC")
    assert skipped.all()
    assert not ambiguous.any()
