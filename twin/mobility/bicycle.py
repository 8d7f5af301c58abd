"""Riding a bicycle or an e-bike: speeds by gradient, routes by felt time, loads of streets.

Riders choose the way that feels shortest: time on a street counts more where cars make it stressful,
less on paths and cycle streets (weights after Broach, Dill and Gliebe 2012). Reported is the time
that it really takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import crossings, reach, stress, walking
from twin.mobility.road_links import METRES_PER_KM, MINUTES_PER_HOUR
from twin.mobility.walking import ActiveSkim

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters, Ride
    from twin.mobility.reach import Net, Points
    from twin.mobility.walking import Walks

    Floats = NDArray[np.float64]

CITATIONS: Final = (
    *stress.CITATIONS,
    (
        "Broach, Dill, Gliebe 2012, Where do cyclists ride? A route choice model developed with "
        "revealed preference GPS data, Transportation Research Part A 46(10), 1730-1740."
    ),
    (
        "Parkin, Rotheram 2010, Design speeds and acceleration characteristics of bicycle traffic "
        "for use in planning, design and appraisal, Transport Policy 17(5), 335-341."
    ),
    (
        "Fluegel, Hulleberg, Fyhri, Weber, Aevarsson 2019, Empirical speed models for cycling in "
        "the Oslo road network, Transportation 46, 1395-1419."
    ),
    *crossings.CITATIONS,
)

LIMITS: Final = (
    (
        "Stress levels rest on tags: widths of cycle lanes, parking beside them and centre lines "
        "are seldom mapped and taken as usual of the kind of street."
    ),
    "All riders feel stress alike and ride at the speed of the mean; surface and wind do not count.",
)


@dataclass(frozen=True)
class BicycleRun:
    """Bicycles on the streets of a city.

    Parameters
    ----------
    frame
        Index: ids of standing streets that may be ridden. Columns bicycles [1/d] and stress [1].
    skim
        Time, length and stressed share of the ways between the points.
    counts
        Plain numbers: points, points without a street nearby, trips given, trips not loaded,
        streets left out as scraps.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    """

    frame: pd.DataFrame
    skim: ActiveSkim
    counts: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


def speeds(grade: Floats, ride: Ride, pushed: Floats) -> Floats:
    """Speed by gradient (streets,) [km/h], never below that of pushing the bicycle.

    Uphill and gently downhill it is linear in the gradient (Parkin and Rotheram 2010); on steeper
    descents riders brake (Fluegel et al. 2019).

    Parameters
    ----------
    grade : (streets,) [1]
        Rise over run in riding direction.
    ride
        Figures of the bicycle.
    pushed : (streets,) [km/h]
        Walking speed on the same street.
    """
    down = np.maximum(-grade, 0.0)
    gentle, steep = np.minimum(down, ride.fastest), np.maximum(down - ride.fastest, 0.0)
    factor = 1.0 - ride.uphill * np.maximum(grade, 0.0)
    factor = factor + ride.downhill * gentle - ride.brake * steep
    return np.maximum(ride.speed * factor, np.minimum(pushed, ride.speed))


def net(
    walks: Walks,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    ebike: bool = False,
    vehicles: pd.Series | None = None,
    left_hand: bool = False,
    lengths: bool = False,
) -> Net:
    """Felt and real minutes of riding along every segment, for searching.

    Parameters
    ----------
    walks
        Network of the mode bicycle.
    streets, junctions
        City tables.
    parameters
        Speeds, stress, waits.
    ebike
        Whether an e-bike is ridden.
    vehicles
        Cars a day by street id [veh/d], as far as known.
    left_hand
        Whether traffic keeps to the left.
    lengths
        Whether the length [km] and its stressed part are carried beside the time.
    """
    ride = parameters.ebike if ebike else parameters.bicycle
    rating = stress.rated(streets.loc[walks.ids], parameters, vehicles=vehicles,
                          left_hand=left_hand)  # fmt: skip
    grade = walking.grades(streets, walks.ids, parameters.grade_most)
    length = walks.length / METRES_PER_KM
    wait = crossings.waits(streets, junctions, walks.ids, parameters.crossing.bicycle_green,
                           parameters, vehicles)  # fmt: skip
    cost, carry = [], []
    for sign, direction, may in (
        (1.0, "forward", walks.forward),
        (-1.0, "backward", walks.backward),
    ):
        speed = speeds(sign * grade, ride, walking.pace(sign * grade, parameters))
        time = length / speed * MINUTES_PER_HOUR
        level = rating[f"stress_{direction}"].to_numpy()
        felt = _felt(rating[f"facility_{direction}"], level, parameters)
        hard = length * (level >= parameters.stressed)
        cost.append(np.where(may, time * felt, np.inf))
        carry.append(np.column_stack([time, length, hard] if lengths else [time]))
    ends = (walks.tail, walks.head)
    return reach.net(ends, walks.nodes, (cost[0], cost[1]), (carry[0], carry[1]), wait)


def _felt(facility: pd.Series, level: Floats, parameters: ActiveParameters) -> Floats:
    """Felt length of each street [1]: by what is there for bicycles, else by its stress."""
    better = {stress.PATH: "path", stress.TRACK: "path", stress.STREET: "street"}
    name = pd.Series(level, facility.index).fillna(1.0).astype("int64").astype("str")
    calm = facility.map(better).where(name == "1")
    felt = calm.fillna(name).map(dict(parameters.felt))
    return np.asarray(felt, dtype=np.float64)


def skim(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    parameters: ActiveParameters,
    *,
    ebike: bool = False,
    vehicles: pd.Series | None = None,
    left_hand: bool = False,
) -> ActiveSkim:
    """Rides between all points, each on the way that feels shortest.

    Parameters
    ----------
    streets, junctions
        City tables. Streets are ridden in the directions in which bicycles may.
    points
        In the City's CRS.
    parameters
        Speeds, stress, waits, limits.
    ebike
        Whether an e-bike is ridden.
    vehicles
        Cars a day by street id [veh/d], as far as known.
    left_hand
        Whether traffic keeps to the left.
    """
    _, at, of = _prepared(streets, junctions, points, parameters, ebike, vehicles, left_hand)
    _, carried, _ = reach.skim(of, at, at)
    return _skim(at, carried)


def run(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    trips: Floats,
    parameters: ActiveParameters,
    *,
    ebike: bool = False,
    vehicles: pd.Series | None = None,
    left_hand: bool = False,
) -> BicycleRun:
    """Load the streets with bicycle trips, all of a pair on the way that feels shortest.

    Parameters
    ----------
    streets, junctions
        City tables.
    points
        Where trips begin and end, in the City's CRS.
    trips : (points, points) [1/d]
        Bicycle trips; those within a point, and those without a way, load nothing.
    parameters
        Speeds, stress, waits, limits.
    ebike, vehicles, left_hand
        As for `skim`.
    """
    walks, at, of = _prepared(streets, junctions, points, parameters, ebike, vehicles, left_hand)
    inner = np.eye(len(points), dtype=bool)
    cost, carried, loads = reach.skim(of, at, at, np.where(inner, 0.0, trips))
    rating = stress.rated(streets.loc[walks.ids], parameters, vehicles=vehicles,
                          left_hand=left_hand)  # fmt: skip
    frame = pd.DataFrame({"bicycles": loads.sum(axis=1), "stress": rating["stress"].to_numpy()},
                         index=walks.ids)  # fmt: skip
    lost = float(trips[~np.isfinite(cost) & ~inner].sum())
    counts = {
        "points": float(len(points)),
        "points_off_network": float((at.segment < 0).sum()),
        "trips": float(trips.sum()),
        "trips_within_points": float(trips[inner].sum()),
        "trips_without_way": lost,
        "streets_left_out": float(walks.scraps),
    }
    return BicycleRun(frame, _skim(at, carried), counts, _limits(lost), CITATIONS)


def _prepared(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    parameters: ActiveParameters,
    ebike: bool,
    vehicles: pd.Series | None,
    left_hand: bool,
) -> tuple[Walks, Points, Net]:
    walks = walking.network(streets, junctions, parameters.walk_fragment, "bicycle")
    spots = walking.tie(walks, points, parameters.walk_leg)
    of = net(walks, streets, junctions, parameters, ebike=ebike, vehicles=vehicles,
             left_hand=left_hand, lengths=True)  # fmt: skip
    return walks, walking.on_segments(walks, spots, parameters.walk_speed), of


def _skim(at: Points, carried: Floats) -> ActiveSkim:
    length = carried[..., 1]
    there = np.isfinite(length) & (length > 0)
    share = np.divide(carried[..., 2], length, out=np.zeros(length.shape), where=there)
    return ActiveSkim(carried[..., 0], length, share, at.segment < 0)


def _limits(lost: float) -> tuple[str, ...]:
    said = f"{lost:,.0f} bicycle trips a day have no way to ride and load no street."
    return (*LIMITS, said) if lost else LIMITS
