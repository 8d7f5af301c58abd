"""Networks of one mode: their segments, points tied to them, and the ways of people on foot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import connected_components, dijkstra

from twin.mobility import crossings, reach
from twin.mobility.road_links import METRES_PER_KM, MINUTES_PER_HOUR
from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from twin.mobility.active import ActiveParameters
    from twin.mobility.reach import Net, Points

ROOM: Final = 20_000_000
"""Distances held at once while searching from many points [1]."""

STAIRS: Final = "steps"
"""Class of way (OSM highway) that is a flight of stairs."""

Mode = Literal["walk", "bicycle", "drive"]

CITATIONS: Final = (
    "Dijkstra 1959, A note on two problems in connexion with graphs, Numerische Mathematik 1.",
    (
        "Finnis, Walton 2008, Field observations to determine the influence of population size, "
        "location and individual factors on pedestrian walking speeds, Ergonomics 51(6), 827-842."
    ),
    "Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA report 93-1.",
    *crossings.CITATIONS,
)


@dataclass(frozen=True)
class Walks:
    """Network of a mode: segments with their ends numbered, and which way they may be used."""

    ids: pd.Index
    lines: NDArray[np.object_]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length: NDArray[np.float64]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    nodes: int
    scraps: int


@dataclass(frozen=True)
class Spots:
    """Points tied to the nearest segment: segment (-1 if none), metres along it, metres to it."""

    segment: NDArray[np.int64]
    along: NDArray[np.float64]
    leg: NDArray[np.float64]


@dataclass(frozen=True)
class ActiveSkim:
    """Ways between points on foot or by bicycle.

    Parameters
    ----------
    time : (points, points) [min]
        Infinite where no way leads, and from and to points without a street nearby.
    length : (points, points) [km]
        The same.
    stressed : (points, points) [1]
        Share of the length on stressful streets; 0 on foot, and where no way leads.
    off : (points,) bool
        Points without a street nearby.
    """

    time: NDArray[np.float64]
    length: NDArray[np.float64]
    stressed: NDArray[np.float64]
    off: NDArray[np.bool_]


def network(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    fragment: float,
    mode: Mode = "walk",
) -> Walks:
    """Standing streets that a mode may use, without the scraps that hang together with nothing."""
    forward, backward = f"{mode}_forward", f"{mode}_backward"
    use = (streets[forward] | streets[backward]) & (streets["state"] != "removed")
    use &= streets["from_node"].isin(junctions.index) & streets["to_node"].isin(junctions.index)
    table = streets[use]
    nodes, ends = np.unique(table[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    tail, head = ends.reshape(-1, 2).T.astype(np.int64)
    length = table["length"].to_numpy(dtype=np.float64)
    kept = _large(tail, head, length, len(nodes), fragment)
    return Walks(
        table.index[kept],
        table.geometry.to_numpy()[kept],
        np.ascontiguousarray(tail[kept]),
        np.ascontiguousarray(head[kept]),
        length[kept],
        table[forward].to_numpy()[kept],
        table[backward].to_numpy()[kept],
        len(nodes),
        int((~kept).sum()),
    )


def _large(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    nodes: int,
    fragment: float,
) -> NDArray[np.bool_]:
    """Segments of connected pieces that are long enough in total."""
    if not nodes:
        return np.zeros(0, np.bool_)
    _, label = connected_components(cheapest(tail, head, np.ones(len(tail)), nodes),
                                    directed=False)  # fmt: skip
    total = np.bincount(label[tail], weights=length)
    return np.asarray(total[label[tail]] >= fragment)


def tie(walks: Walks, points: gpd.GeoSeries, farthest: float) -> Spots:
    """Nearest point of the nearest segment within reach."""
    at = points.to_numpy()
    segment = np.full(len(at), -1, np.int64)
    if len(walks.lines) and len(at):
        point, line = shapely.STRtree(walks.lines).query_nearest(
            at, max_distance=farthest, all_matches=False
        )
        segment[point] = line
    tied = segment >= 0
    along, leg = np.full(len(at), np.nan), np.full(len(at), np.nan)
    lines = walks.lines[segment[tied]]
    share = shapely.line_locate_point(lines, at[tied], normalized=True)
    along[tied] = share * walks.length[segment[tied]]
    leg[tied] = shapely.distance(lines, at[tied])
    return Spots(segment, along, leg)


def pairs(walks: Walks, origins: Spots, targets: Spots, farthest: float) -> pd.DataFrame:
    """Shortest walks between two sets of points (Dijkstra 1959), the long ones left out.

    Parameters
    ----------
    walks
        The network; streets are walked only in the directions in which they may be.
    origins, targets
        Points tied to it; those that are not tied walk nowhere.
    farthest
        Longest walk that counts, from door to door [m].

    Returns
    -------
    pandas.DataFrame
        Columns origin, target (numbers of the points) and metres [m], sorted by origin and target.
    """
    if len(targets.segment) < len(origins.segment):
        back = replace(walks, forward=walks.backward, backward=walks.forward)
        found = pairs(back, targets, origins, farthest)
        found = found.rename(columns={"origin": "target", "target": "origin"})
    else:
        found = pd.concat(
            [_around(walks, origins, targets, farthest), _along(walks, origins, targets)]
        )
    found = found[found["metres"] <= farthest].sort_values(["origin", "target", "metres"])
    found = found.drop_duplicates(["origin", "target"])[["origin", "target", "metres"]]
    return found.reset_index(drop=True)


def _around(walks: Walks, origins: Spots, targets: Spots, farthest: float) -> pd.DataFrame:
    """Walks that pass a junction."""
    count = len(origins.segment)
    first = walks.nodes + count
    matrix = _with_doors(walks, origins, targets)
    found = []
    for part in np.array_split(np.arange(count), 1 + count * matrix.shape[0] // ROOM):
        metres = dijkstra(matrix, indices=walks.nodes + part, limit=farthest)[:, first:]
        origin, target = np.nonzero(np.isfinite(metres))
        found.append((part[origin], target, metres[origin, target]))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    return pd.DataFrame(dict(zip(("origin", "target", "metres"), columns, strict=True)))


def _with_doors(walks: Walks, origins: Spots, targets: Spots) -> csr_array:
    """The network with a node to leave from for every origin, and one to come to per target."""
    tails = [walks.tail[walks.forward], walks.head[walks.backward]]
    heads = [walks.head[walks.forward], walks.tail[walks.backward]]
    costs = [walks.length[walks.forward], walks.length[walks.backward]]
    door = walks.nodes
    for spots, leaves in ((origins, True), (targets, False)):
        tied = np.nonzero(spots.segment >= 0)[0]
        at, along, leg = spots.segment[tied], spots.along[tied], spots.leg[tied]
        at_tail, at_head = walks.tail[at], walks.head[at]
        to_tail, to_head = (
            (walks.backward[at], walks.forward[at])
            if leaves
            else (walks.forward[at], walks.backward[at])
        )
        for allowed, node, way in (
            (to_tail, at_tail, along),
            (to_head, at_head, walks.length[at] - along),
        ):
            doors = (door + tied)[allowed]
            tails.append(doors if leaves else node[allowed])
            heads.append(node[allowed] if leaves else doors)
            costs.append((way + leg)[allowed])
        door += len(spots.segment)
    return cheapest(np.concatenate(tails), np.concatenate(heads), np.concatenate(costs), door)


def _along(walks: Walks, origins: Spots, targets: Spots) -> pd.DataFrame:
    """Walks between two points on one segment that pass no junction."""
    pair = _tied(origins, "origin").merge(_tied(targets, "target"), on="segment")
    segment = pair["segment"].to_numpy(dtype=np.int64)
    ahead = (pair["along_target"] >= pair["along_origin"]).to_numpy()
    pair["metres"] = (
        (pair["along_target"] - pair["along_origin"]).abs()
        + pair["leg_origin"]
        + pair["leg_target"]
    )
    return pair[np.where(ahead, walks.forward[segment], walks.backward[segment])]


def _tied(spots: Spots, name: str) -> pd.DataFrame:
    tied = np.nonzero(spots.segment >= 0)[0]
    return pd.DataFrame(
        {
            "segment": spots.segment[tied],
            name: tied,
            f"along_{name}": spots.along[tied],
            f"leg_{name}": spots.leg[tied],
        }
    )


def on_segments(walks: Walks, spots: Spots, speed: float) -> Points:
    """Points for searching: shares of their segments, and minutes to them.

    Parameters
    ----------
    walks
        The network.
    spots
        Points tied to it.
    speed
        Of the walk to the street [km/h].
    """
    length = walks.length[np.maximum(spots.segment, 0)] if len(walks.length) else spots.along
    share = np.divide(spots.along, length, out=np.zeros(len(length)), where=length > 0)
    leg = spots.leg / METRES_PER_KM / speed * MINUTES_PER_HOUR
    return reach.Points(spots.segment, share, leg)


def grades(streets: gpd.GeoDataFrame, used: pd.Index, most: float) -> NDArray[np.float64]:
    """Gradient along the drawing direction of some streets (used,) [1]; 0 where it is not known."""
    if "grade" not in streets.columns:
        return np.zeros(len(used))
    grade = streets["grade"].reindex(used).fillna(0.0).to_numpy(dtype=np.float64)
    return np.asarray(np.clip(grade, -most, most))


def pace(grade: NDArray[np.float64], parameters: ActiveParameters) -> NDArray[np.float64]:
    """Walking speed by gradient [km/h]: Tobler's (1993) course, scaled to that on the flat.

    Parameters
    ----------
    grade : (streets,) [1]
        Rise over run in walking direction.
    parameters
        Speed on the flat, decay, descent on which people walk fastest.
    """
    flat = np.exp(-parameters.tobler * parameters.tobler_offset)
    bent = np.exp(-parameters.tobler * np.abs(grade + parameters.tobler_offset))
    return np.asarray(parameters.walk_speed * bent / flat)


def net(
    walks: Walks,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: ActiveParameters,
    *,
    vehicles: pd.Series | None = None,
    lengths: bool = False,
) -> Net:
    """Minutes on foot along every segment, with gradients, stairs and waits, for searching.

    Parameters
    ----------
    walks
        The network.
    streets, junctions
        City tables.
    parameters
        Speeds, waits.
    vehicles
        Cars a day by street id [veh/d], as far as known.
    lengths
        Whether the length [km] is carried beside the time.
    """
    grade = grades(streets, walks.ids, parameters.grade_most)
    stairs = (streets["highway"].reindex(walks.ids) == STAIRS).to_numpy()
    slow = np.where(stairs, parameters.stairs, 1.0)
    length = walks.length / METRES_PER_KM
    times = [length / (pace(sign * grade, parameters) * slow) * MINUTES_PER_HOUR
             for sign in (1.0, -1.0)]  # fmt: skip
    wait = crossings.waits(streets, junctions, walks.ids, parameters.crossing.walk_green,
                           parameters, vehicles)  # fmt: skip
    carry = [np.column_stack([one, length] if lengths else [one]) for one in times]
    cost = [np.where(may, one, np.inf)
            for may, one in zip((walks.forward, walks.backward), times, strict=True)]  # fmt: skip
    return reach.net(
        (walks.tail, walks.head), walks.nodes, (cost[0], cost[1]), (carry[0], carry[1]), wait
    )


def skim(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    parameters: ActiveParameters,
    *,
    vehicles: pd.Series | None = None,
) -> ActiveSkim:
    """Walks between all points, as quick as can be.

    Parameters
    ----------
    streets, junctions
        City tables.
    points
        In the City's CRS.
    parameters
        Speeds, waits, limits.
    vehicles
        Cars a day by street id [veh/d], as far as known: they make crossings wait.
    """
    walks = network(streets, junctions, parameters.walk_fragment)
    spots = tie(walks, points, parameters.walk_leg)
    of = net(walks, streets, junctions, parameters, vehicles=vehicles, lengths=True)
    at = on_segments(walks, spots, parameters.walk_speed)
    time, carried, _ = reach.skim(of, at, at)
    return ActiveSkim(time, carried[..., 1], np.zeros(time.shape), spots.segment < 0)
