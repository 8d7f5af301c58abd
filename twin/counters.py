"""Traffic counters: what they count in a year, and on which street and in which direction.

A count is a mean over some days. Weekday and month factors bring it to the annual average daily
traffic; the fewer and the more special the days, the larger its standard error, which is kept and
becomes its weight in a calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

FULL_TURN: Final = 360.0
HOURS: Final = 24
SECONDS_PER_HOUR: Final = 3600.0
TWO_WAYS: Final = 2
MINOR: Final = frozenset({"service", "track", "living_street", "pedestrian", "busway"})
"""Classes of streets on which counters rarely stand."""


@cache
def _kinds() -> Mapping[str, pd.Series]:
    rows = tables.load("count_kinds").set_index("kind")
    return {str(kind): rows.loc[kind] for kind in rows.index}


def _mean_factor(what: str, numbers: Sequence[int]) -> float:
    factors = tables.figures("day_types")
    return float(np.mean([factors[f"{what}.{number}"] for number in numbers]))


def _numbers(cell: object) -> list[int]:
    return [] if pd.isna(cell) else [int(one) for one in str(cell).split()]


def expand(
    count: float, kind: str, *, month: int | None = None, weekday: int | None = None
) -> tuple[float, float]:
    """Bring a count to the annual average daily traffic.

    Parameters
    ----------
    count
        Vehicles of the mean day that was counted [veh/d].
    kind
        Kind of ``count_kinds.csv``.
    month, weekday
        When it was counted, 1 to 12 and Monday 1 to Sunday 7, where the kind does not say it.

    Returns
    -------
    traffic, error
        Annual average daily traffic and its standard error [veh/d].

    Raises
    ------
    ValueError
        If the kind needs a month or weekday that is not given.
    """
    row = _kinds()[kind]
    months = _numbers(row["months"]) or ([month] if month else [])
    weekdays = _numbers(row["weekdays"]) or ([weekday] if weekday else [])
    if not months or not weekdays:
        raise ValueError(f"a count of kind {kind} needs its {'month' if not months else 'weekday'}")
    traffic = count / _mean_factor("month", months) / _mean_factor("weekday", weekdays)
    return traffic, traffic * float(row["value"])


def from_series(
    times: pd.Series, counts: NDArray[np.float64], step: float
) -> tuple[float, float, int]:
    """Annual average daily traffic of a series of counts.

    Each whole day is divided by the factors of its weekday and month. The error falls with the
    root of the days, but not below that of the detector and of the factors.

    Parameters
    ----------
    times
        Local times of the intervals; with gaps.
    counts : (intervals,) [veh]
        Vehicles of each interval.
    step
        Length of an interval [s].

    Returns
    -------
    traffic, error, days
        [veh/d], standard error [veh/d], whole days [1]; NaN without any whole day.
    """
    factors = tables.figures("day_types")
    rows = pd.DataFrame({"day": times.dt.floor("D").to_numpy(), "count": counts})
    days = rows.groupby("day")["count"].agg(["sum", "size"])
    share = days["size"] * step / 86_400.0
    whole = days[share >= factors["whole_day"]]
    if whole.empty:
        return float("nan"), float("nan"), 0
    dates = pd.DatetimeIndex(whole.index)
    usual = [
        factors[f"month.{day.month}"] * factors[f"weekday.{day.isoweekday()}"] for day in dates
    ]
    found = (whole["sum"] / share[whole.index]).to_numpy() / np.array(usual)
    traffic = float(found.mean())
    spread = float(found.std(ddof=1)) if len(found) > 1 else traffic * factors["day_spread"]
    error = float(np.hypot(spread / np.sqrt(len(found)), traffic * factors["series_error"]))
    return traffic, error, len(found)


def by_hour(
    times: pd.Series, counts: NDArray[np.float64], step: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vehicles of each hour of the average day of a year, from a series of counts.

    Each whole hour is divided by the factors of its weekday and month, as `from_series` does with
    whole days.

    Parameters
    ----------
    times
        Local times of the intervals; with gaps.
    counts : (intervals,) [veh]
        Vehicles of each interval.
    step
        Length of an interval [s].

    Returns
    -------
    vehicles : (24,) [veh/h]
        NaN where no hour is whole.
    days : (24,) int64
        Whole hours that were counted [1].
    """
    factors = tables.figures("day_types")
    rows = pd.DataFrame({"hour": times.dt.floor("h").to_numpy(), "count": counts})
    hours = rows.groupby("hour")["count"].agg(["sum", "size"])
    share = hours["size"] * min(step, SECONDS_PER_HOUR) / SECONDS_PER_HOUR
    whole = hours[share >= factors["whole_day"]]
    began = pd.DatetimeIndex(whole.index)
    usual = np.array(
        [factors[f"month.{one.month}"] * factors[f"weekday.{one.isoweekday()}"] for one in began]
    )
    found = (whole["sum"] / share[whole.index]).to_numpy() / usual
    days = np.bincount(began.hour, minlength=HOURS)
    total = np.bincount(began.hour, weights=found, minlength=HOURS)
    mean = np.divide(total, days, out=np.full(HOURS, np.nan), where=days > 0)
    return mean, days.astype(np.int64)


@dataclass(frozen=True)
class _Candidate:
    """A street that could be meant: its id, way, cost [m], bearing there [deg] and direction."""

    street: str
    way: int
    cost: float
    bearing: float
    direction: str


def attach(stations: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find street and direction of each counter by bearing, class and distance.

    Parameters
    ----------
    stations
        Places (points in the CRS of the streets, may be missing), bearing [deg] and ways [1].
    streets
        City streets; only those that cars may drive are looked at.

    Returns
    -------
    DataFrame
        Index of the stations; street, direction (forward, backward, both), attachment:
        ``attached``, or in words why not, with the candidates of an ambiguous one.
    """
    limits = tables.figures("counters", "twin.data")
    open_ = streets["drive_forward"] | streets["drive_backward"]
    drivable = streets[open_ & (streets["state"] != "removed")]
    tree = shapely.STRtree(drivable.geometry.to_numpy())
    rows = [
        _attached(point, float(bearing), float(ways), drivable, tree, limits)
        for point, bearing, ways in zip(
            stations.geometry, stations["bearing"], stations["ways"], strict=True
        )
    ]
    names = ["street", "direction", "attachment"]
    return pd.DataFrame(rows, index=stations.index, columns=names).astype("str")


def _attached(
    point: shapely.Point | None,
    bearing: float,
    ways: float,
    streets: gpd.GeoDataFrame,
    tree: shapely.STRtree,
    limits: Mapping[str, float],
) -> tuple[str | None, str | None, str]:
    if point is None or point.is_empty:
        return None, None, "no place is known"
    spots = tree.query(point, predicate="dwithin", distance=limits["radius"])
    near = [
        candidate
        for spot in spots
        if (candidate := _candidate(point, bearing, ways, streets.iloc[spot], limits))
    ]
    if not near:
        why = "in that direction " if len(spots) else ""
        return None, None, f"no street {why}within {limits['radius']:g} m"
    near.sort(key=lambda one: (one.cost, one.street))
    best = near[0]
    rivals = [one for one in near[1:] if one.cost - best.cost < limits["margin"]]
    rivals = [one for one in rivals if not _continues(best, one, limits["same_turn"])]
    if rivals:
        names = " ".join(one.street for one in (best, *rivals))
        return None, None, f"ambiguous: {names}"
    if not best.direction:
        return None, None, f"ambiguous: direction on {best.street}"
    return best.street, best.direction, "attached"


def _candidate(
    point: shapely.Point,
    bearing: float,
    ways: float,
    street: pd.Series,
    limits: Mapping[str, float],
) -> _Candidate | None:
    """Judge one street near a counter; None if it runs another way."""
    line = street["geometry"]
    along = _bearing(line, line.project(point))
    sides = _sides(street, along, bearing, ways, limits["turn"])
    if not sides:
        return None
    both = "both" if ways == TWO_WAYS else ""
    direction = sides[0] if len(sides) == 1 else both
    cost = line.distance(point)
    if street["highway"] in MINOR:
        cost += limits["class_distance"]
    return _Candidate(str(street.name), int(street["way_id"]), cost, along, direction)


def _sides(street: pd.Series, along: float, bearing: float, ways: float, most: float) -> list[str]:
    """Directions of a street that a count could mean; of both ways it states the axis only."""
    turns = {"forward": _turn(along, bearing), "backward": _turn(along + FULL_TURN / 2, bearing)}
    driven = [side for side in turns if street[f"drive_{side}"]]
    if np.isnan(bearing):
        return driven
    if ways == TWO_WAYS:
        return driven if min(turns.values()) <= most else []
    return [side for side in driven if turns[side] <= most]


def _bearing(line: shapely.LineString, at: float) -> float:
    """Direction of a line at a distance along it, clockwise from north [deg]."""
    step = min(1.0, line.length / 2)
    begin = line.interpolate(max(at - step, 0.0))
    end = line.interpolate(min(at + step, line.length))
    return float(np.degrees(np.arctan2(end.x - begin.x, end.y - begin.y))) % FULL_TURN


def _turn(one: float, other: float) -> float:
    """Angle between two bearings, 0 to 180 [deg]."""
    return abs((one - other + FULL_TURN / 2) % FULL_TURN - FULL_TURN / 2)


def _continues(one: _Candidate, other: _Candidate, most: float) -> bool:
    """Whether two segments are one street that a junction cuts: they carry like traffic."""
    return (
        one.way == other.way
        and one.direction == other.direction
        and (_turn(one.bearing, other.bearing) <= most)
    )
