"""Quality of readings: flags beside the values, and a report per station; nothing is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

HOUR: Final = 3600.0
"""Seconds of an hour [s]."""


def bits() -> Mapping[str, int]:
    """Flag to its bit, of ``sensor_flags.csv``."""
    rows = tables.load("sensor_flags")
    return dict(zip(rows["flag"].astype(str), rows["bit"].astype(int), strict=True))


def flags(
    seconds: NDArray[np.float64], values: NDArray[np.float64], quantity: str
) -> NDArray[np.int64]:
    """Flags of one series in order of time; see ``sensor_flags.csv``.

    Parameters
    ----------
    seconds : (readings,) [s]
        Phenomenon times, rising.
    values : (readings,) [unit of the quantity]
    quantity
        Quantity of ``sensor_quantities.csv``; of an unknown one only gaps are flagged.
    """
    limits, known = tables.figures("sensor_limits"), bits()
    found = np.where(gaps(seconds, limits["gap_steps"]), known["after_gap"], 0)
    rows = tables.load("sensor_quantities").set_index("quantity")
    if quantity not in rows.index:
        return found.astype(np.int64)
    facts = rows.loc[quantity]
    beyond = (values < facts["lower"]) | (values > facts["upper"])
    found |= np.where(beyond, known["out_of_range"], 0)
    jumps = spikes(values, int(limits["spike_window"]), limits["spike_deviations"],
                   limits["mad_to_deviation"], float(facts["resolution"]))  # fmt: skip
    found |= np.where(jumps, known["spike"], 0)
    if pd.notna(facts["stuck_hours"]):
        rests = facts["zero_rests"] == "yes"
        still = stuck(seconds, values, facts["stuck_hours"] * HOUR, int(limits["stuck_least"]),
                      zero_rests=rests)  # fmt: skip
        found |= np.where(still, known["stuck"], 0)
    return found.astype(np.int64)


def step(seconds: NDArray[np.float64]) -> float:
    """Usual time between two readings: the median [s]; NaN for fewer than two."""
    return float(np.median(np.diff(seconds))) if len(seconds) > 1 else float("nan")


def gaps(seconds: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Whether readings are missing before each one.

    Parameters
    ----------
    seconds : (readings,) [s]
        Phenomenon times, rising.
    tolerance
        Usual steps that may pass between two readings [1].
    """
    if len(seconds) <= 1:
        return np.zeros(len(seconds), bool)
    late = np.diff(seconds) > tolerance * step(seconds)
    return np.concatenate([np.zeros(1, bool), late])


def stuck(
    seconds: NDArray[np.float64],
    values: NDArray[np.float64],
    duration: float,
    least: int,
    *,
    zero_rests: bool,
) -> NDArray[np.bool_]:
    """Whether each value belongs to a run of equal values that lasts implausibly long.

    Parameters
    ----------
    seconds, values
        Times [s], rising, and values.
    duration
        Time from the first to the last value of a run from which it is implausible [s].
    least
        Least readings of such a run [1].
    zero_rests
        Whether a run of zeros is plausible: nobody parks, no wind.
    """
    if len(values) == 0:
        return np.zeros(0, bool)
    begins = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ends = np.r_[begins[1:], len(values)]
    long = (seconds[ends - 1] - seconds[begins] >= duration) & (ends - begins >= least)
    if zero_rests:
        long &= values[begins] != 0
    return np.repeat(long, ends - begins)


def spikes(
    values: NDArray[np.float64],
    window: int,
    deviations: float,
    scale: float,
    resolution: float,
) -> NDArray[np.bool_]:
    """Whether each value lies far from the median of its neighbours in time (Hampel identifier).

    Parameters
    ----------
    values : (readings,)
        Values in order of time.
    window
        Readings round each value, itself among them, odd [1]; a shorter series has no spikes.
    deviations
        Robust standard deviations beyond which a value is a spike [1].
    scale
        From median absolute deviation to standard deviation [1].
    resolution
        Least standard deviation, so that a quiet sensor may move [unit of the values].

    Notes
    -----
    L. Davies, U. Gather: The identification of multiple outliers. Journal of the American
    Statistical Association 88 (1993). At both ends the first and last whole window judge.
    """
    if len(values) < window:
        return np.zeros(len(values), bool)
    around = np.lib.stride_tricks.sliding_window_view(values, window)
    middle = np.median(around, axis=1)
    spread = np.median(np.abs(around - middle[:, None]), axis=1) * scale
    half = window // 2
    middle = np.pad(middle, half, mode="edge")
    spread = np.maximum(np.pad(spread, half, mode="edge"), resolution)
    return np.asarray(np.abs(values - middle) > deviations * spread)


def flagged(readings: pd.DataFrame, quantities: Mapping[str, str]) -> pd.DataFrame:
    """Readings with their own flags and those of `flags` together.

    Parameters
    ----------
    readings
        Columns series, time [UTC], value, flags; in order of series and time.
    quantities
        Series to its quantity.
    """
    seconds = readings["time"].astype("int64").to_numpy() / 1e6
    values = readings["value"].to_numpy()
    both = readings["flags"].to_numpy().copy()
    for series, spots in readings.groupby("series", sort=False).indices.items():
        both[spots] |= flags(seconds[spots], values[spots], quantities.get(str(series), ""))
    return readings.assign(flags=both)


def report(readings: pd.DataFrame, quantities: Mapping[str, str]) -> pd.DataFrame:
    """What a user must know of each series.

    Parameters
    ----------
    readings, quantities
        As for `flagged`.

    Returns
    -------
    DataFrame
        Index series; rows [1], first and last [UTC], step [s], coverage [1] (readings there are
        of those that the usual step asks for), longest_gap [h], and one count per flag [1].
    """
    known = bits()
    rows = {}
    for series, part in flagged(readings, quantities).groupby("series"):
        seconds = part["time"].astype("int64").to_numpy() / 1e6
        usual = step(seconds)
        due = (seconds[-1] - seconds[0]) / usual + 1 if usual > 0 else float("nan")
        marks = part["flags"].to_numpy()
        rows[str(series)] = {
            "rows": len(part),
            "first": part["time"].iloc[0],
            "last": part["time"].iloc[-1],
            "step": usual,
            "coverage": min(1.0, len(part) / due),
            "longest_gap": float(np.diff(seconds).max() / HOUR) if len(part) > 1 else 0.0,
            **{flag: int(((marks & bit) > 0).sum()) for flag, bit in known.items()},
        }
    found = pd.DataFrame.from_dict(rows, orient="index")
    return found.rename_axis(index="series")
