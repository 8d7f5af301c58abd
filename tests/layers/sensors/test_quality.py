from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layers.sensors import quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS: NDArray[np.float64] = np.linspace(0.0, 47.0 * 3600.0, 48)


def one_by_one(values: np.ndarray, window: int, deviations: float, resolution: float) -> list[bool]:
    """Hampel's identifier as its definition reads, value by value."""
    found = []
    for spot, value in enumerate(values):
        start = min(max(spot - window // 2, 0), len(values) - window)
        around = values[start : start + window]
        spread = 1.4826 * np.median(np.abs(around - np.median(around)))
        found.append(bool(abs(value - np.median(around)) > deviations * max(spread, resolution)))
    return found


@settings(max_examples=60, deadline=None)
@given(arrays(float, st.integers(0, 40), elements=st.integers(-50, 50)))
def test_spikes_follow_their_definition(values: np.ndarray) -> None:
    found = quality.spikes(values, 7, 3.0, 1.4826, 0.5)
    expected = one_by_one(values, 7, 3.0, 0.5) if len(values) >= 7 else [False] * len(values)
    assert found.tolist() == expected


def test_a_lone_peak_is_a_spike_and_a_slope_is_none() -> None:
    values = np.linspace(0.0, 47.0, 48)
    assert not quality.spikes(values, 11, 6.0, 1.4826, 1.0).any()
    values[20] = 200.0
    assert np.flatnonzero(quality.spikes(values, 11, 6.0, 1.4826, 1.0)).tolist() == [20]


def test_a_run_of_equal_values_is_stuck_when_it_lasts() -> None:
    values = np.r_[np.arange(10.0), np.full(12, 5.5), np.zeros(12), np.arange(14.0) + 1]
    resting = quality.stuck(HOURS, values, 11 * 3600, 6, zero_rests=True)
    assert np.flatnonzero(resting).tolist() == list(range(10, 22))
    always = quality.stuck(HOURS, values, 11 * 3600, 6, zero_rests=False)
    assert np.flatnonzero(always).tolist() == list(range(10, 34))
    assert not quality.stuck(HOURS, values, 12 * 3600, 6, zero_rests=False).any()


def test_a_gap_is_flagged_at_the_reading_behind_it() -> None:
    seconds = np.delete(HOURS, [7, 8, 30])
    assert np.flatnonzero(quality.gaps(seconds, 1.5)).tolist() == [7, 28]


@pytest.mark.parametrize("size", [0, 1, 2])
def test_short_series_have_no_faults(size: int) -> None:
    assert quality.flags(HOURS[:size], np.ones(size), "temperature").tolist() == [0] * size


def test_flags_stand_beside_all_values() -> None:
    values = 15 + 5 * np.sin(np.arange(48) / 4)
    values[[10, 40]] = [99.0, 55.0]
    times = pd.Timestamp("2014-08-01", tz="UTC") + pd.to_timedelta(HOURS, unit="s")
    table = pd.DataFrame({"series": "t", "time": times, "value": values, "flags": 4})
    table = table.drop(index=[20]).reset_index(drop=True)
    found = quality.flagged(table, {"t": "temperature"})
    pd.testing.assert_series_equal(found["value"], table["value"])
    bits = quality.bits()
    assert np.flatnonzero(found["flags"] & bits["out_of_range"]).tolist() == [10]
    assert np.flatnonzero(found["flags"] & bits["spike"]).tolist() == [10, 39]
    assert np.flatnonzero(found["flags"] & bits["after_gap"]).tolist() == [20]
    assert (found["flags"] & bits["doubtful"] > 0).all()
    told = quality.report(table, {"t": "temperature"}).loc["t"]
    assert told["rows"] == 47
    assert told["coverage"] == pytest.approx(47 / 48)
    assert told["longest_gap"] == 2.0
    assert (told["spike"], told["stuck"], told["doubtful"]) == (2, 0, 47)
