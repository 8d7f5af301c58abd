"""Streets that buses take from stop to stop, and how closures, congestion and bus lanes slow them.

Timetables do not name streets: a bus is taken to drive the quickest way between two stops. The
time that the timetable gives is scaled by what happens on that way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers.errors import Fault
from twin.compiled import compiled
from twin.errors import BlockedError
from twin.mobility.heap import push
from twin.mobility.network import METRES_PER_KM
from twin.mobility.search import Arcs, spread
from twin.states import standing

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.transit_parameters import TransitParameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MINUTES_PER_HOUR: Final = 60.0
WIDER: Final = (2.0, 8.0, 32.0)
"""Bounds of the search, each for what the one before has not found, relative to the time that the
straight line takes at mean speed [1]."""
LEAST: Final = 1e-6
"""Time of the shortest piece of way [min]."""
HOP: Final = ["from_stop", "to_stop"]
BUS: Final = "bus"
LANE, STREET = "lane", "street"

CITATIONS: Final = (
    "Dijkstra 1959, A note on two problems in connexion with graphs, Numerische Mathematik 1.",
)


@dataclass(frozen=True)
class BusStreets:
    """Streets that buses may take, one link per direction.

    Parameters
    ----------
    links
        Index ``<street> forward`` or ``<street> backward``: street, tail, head (junctions), metres
        [m], minutes [min] without other traffic, geometry in drawing direction, reserved (bool):
        has a bus lane, so that other traffic does not slow buses.
    """

    links: pd.DataFrame


@dataclass(frozen=True)
class BusWays:
    """Ways from stop to stop.

    Parameters
    ----------
    hops
        One row per pair of stops: from_stop, to_stop, straight [m], metres [m] by streets (NaN
        where the streets do not show the way), empty [min], the time on empty streets, and more
        [min], what a way round takes beside the time on its streets.
    pieces
        Pieces of the ways in order: hop (number), link, share of the link's length that is driven
        [1].
    """

    hops: pd.DataFrame
    pieces: pd.DataFrame

    @property
    def metres(self) -> pd.Series:
        """Way of each pair of stops, where it is known [m]."""
        return self.hops.set_index(HOP)["metres"].dropna()


def streets_for_buses(
    streets: gpd.GeoDataFrame, junctions: pd.DataFrame, *, timetabled: bool = False
) -> BusStreets:
    """Links that buses may take: where cars may drive, behind bus gates and on bus lanes.

    Parameters
    ----------
    streets, junctions
        City tables; optional columns bus_gate, bus_lanes_forward, bus_lanes_backward.
    timetabled
        Whether the rights of way count that buses had when the timetable was attached (optional
        columns bus_forward, bus_backward, see `rights`), also on streets that are gone.
    """
    whole = streets["from_node"].isin(junctions.index) & streets["to_node"].isin(junctions.index)
    kept = timetabled and set(rights(streets)) <= set(streets.columns)
    table = streets[whole & (standing(streets) | kept)]
    right = table if kept else rights(table)
    parts = []
    for direction, ends in (("forward", ("from_node", "to_node")),
                            ("backward", ("to_node", "from_node"))):  # fmt: skip
        mine = right[f"bus_{direction}"]
        part = table[mine.notna()]
        minutes = part["length"] / METRES_PER_KM / part["speed_kph"] * MINUTES_PER_HOUR
        parts.append(pd.DataFrame({
            "street": part.index.astype("str"), "tail": part[ends[0]], "head": part[ends[1]],
            "metres": part["length"], "minutes": np.maximum(minutes, LEAST),
            "geometry": part.geometry.to_numpy(), "reserved": mine[mine.notna()] == LANE,
        }).set_axis(part.index.astype("str") + f" {direction}"))  # fmt: skip
    return BusStreets(pd.concat(parts))


def alike(one: BusStreets, other: BusStreets) -> bool:
    """Whether buses find the same links in both, drawn alike."""
    if not one.links.drop(columns="geometry").equals(other.links.drop(columns="geometry")):
        return False
    lines = (each.links["geometry"].to_numpy() for each in (one, other))
    return bool(shapely.equals_identical(*lines).all())


def rights(streets: pd.DataFrame) -> dict[str, pd.Series]:
    """How buses may drive on streets, as columns bus_forward and bus_backward.

    Parameters
    ----------
    streets
        City table; optional columns bus_gate, bus_lanes_forward, bus_lanes_backward.

    Returns
    -------
    dict
        Text: street, with other traffic; lane, without it; missing where buses may not drive.
    """
    gate = streets["bus_gate"] if "bus_gate" in streets else pd.Series(False, streets.index)  # noqa: FBT003 - a column of no gates
    found = {}
    for direction in ("forward", "backward"):
        lane = f"bus_lanes_{direction}"
        own = gate | (streets[lane].fillna(0.0) > 0) if lane in streets else gate
        open_to = streets[f"drive_{direction}"] & standing(streets)
        kind = pd.Series(None, index=streets.index, dtype="str").mask(open_to, STREET)
        found[f"bus_{direction}"] = kind.mask(own & standing(streets), LANE)
    return found


def match(
    hops: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    streets: BusStreets,
    parameters: TransitParameters,
) -> BusWays:
    """Quickest way of a bus from stop to stop.

    A stop stands at every street within the snapping distance, so that buses leave and arrive on
    the side that suits them. Ways that are much longer than the straight line are not believed.

    Parameters
    ----------
    hops
        Columns from_stop, to_stop, straight [m]; see `transit_lines.hops`.
    stops
        City table transit_stops.
    streets
        Links for buses.
    parameters
        ``snap`` [m] and ``detour`` [1]; if that is infinite every way there is counts.
    """
    pairs = hops.drop_duplicates(HOP)[[*HOP, "straight"]].reset_index(drop=True)
    used = pd.Index(pd.unique(pairs[HOP].to_numpy().ravel()))
    arcs = _arcs(stops.geometry.reindex(used), streets, parameters)
    start, end = (used.get_indexer(pairs[name]) for name in HOP)
    reach = (pairs["straight"].to_numpy() + 2 * parameters.snap) / _metres_per_minute(streets)
    anyhow = np.isinf(parameters.detour)
    bounds = (*WIDER, np.inf) if anyhow else WIDER
    pieces = _pieces(arcs, start, end + len(used), reach, bounds)
    pieces = pieces.assign(link=streets.links.index[pieces["link"].to_numpy(dtype=np.int64)])
    length = pieces["share"] * streets.links["metres"].reindex(pieces["link"]).to_numpy()
    metres = length.groupby(pieces["hop"]).sum().reindex(pairs.index)
    believed = metres.notna()
    if not anyhow:
        believed = metres <= parameters.detour * pairs["straight"] + 2 * parameters.snap
    pieces = pieces[pieces["hop"].isin(pairs.index[believed])].reset_index(drop=True)
    found = BusWays(pairs.assign(metres=metres.where(believed), more=0.0), pieces)
    return BusWays(found.hops.assign(empty=minutes(found, streets)), pieces)


def _metres_per_minute(streets: BusStreets) -> float:
    links = streets.links
    return float(links["metres"].sum() / links["minutes"].sum()) if len(links) else 1.0


def _arcs(
    points: gpd.GeoSeries, streets: BusStreets, parameters: TransitParameters
) -> pd.DataFrame:
    """Arcs of the search: whole links, and pieces of links from stops and to them.

    Nodes 0..stops-1 are left from, stops..2 stops-1 are come to, junctions follow. The distance to
    a street counts as if walked, so that a stop belongs to the nearest street that will do.
    """
    links, count = streets.links, len(points)
    nodes = pd.Index(np.unique(links[["tail", "head"]].to_numpy())) if len(links) else pd.Index([])
    tail, head = (nodes.get_indexer(links[end]) + 2 * count for end in ("tail", "head"))
    lines = links["geometry"].to_numpy()
    at = points.to_numpy()
    point, link = (shapely.STRtree(lines).query(at, predicate="dwithin", distance=parameters.snap)
                   if len(lines) else (np.zeros(0, np.int64),) * 2)  # fmt: skip
    along = shapely.line_locate_point(lines[link], at[point], normalized=True)
    back = links.index.str.endswith("backward")[link]
    along = np.where(back, 1.0 - along, along)
    beside = shapely.distance(lines[link], at[point]) / METRES_PER_KM
    beside *= MINUTES_PER_HOUR / parameters.walk_speed
    minutes = links["minutes"].to_numpy()
    parts = [
        (tail, head, np.arange(len(links)), np.ones(len(links)), minutes),
        (point, head[link], link, 1.0 - along, minutes[link] * (1.0 - along) + beside),
        (tail[link], point + count, link, along, minutes[link] * along + beside),
    ]
    first, second = _same_link(point, link, along)
    share = along[second] - along[first]
    parts.append((point[first], point[second] + count, link[first], share,
                  minutes[link[first]] * share + beside[first] + beside[second]))  # fmt: skip
    names = ("tail", "head", "link", "share", "minutes")
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return frame.assign(minutes=np.maximum(frame["minutes"], LEAST))


def _same_link(point: Ints, link: Ints, along: Floats) -> tuple[Ints, Ints]:
    """Pairs of different stops on one link, the first before the second."""
    each = pd.DataFrame({"row": np.arange(len(link)), "link": link})
    pairs = each.merge(each, on="link")
    one, other = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
    ahead = (along[one] <= along[other]) & (point[one] != point[other])
    return one[ahead], other[ahead]


def _pieces(
    arcs: pd.DataFrame, start: Ints, end: Ints, reach: Floats, bounds: tuple[float, ...]
) -> pd.DataFrame:
    """Pieces of the quickest way of each hop in order: hop, link, share; none where there is none."""
    arcs = arcs.sort_values(["tail", "head", "minutes"], kind="stable")
    arcs = arcs.drop_duplicates(["tail", "head"])
    tail, head = (arcs[name].to_numpy(dtype=np.int64) for name in ("tail", "head"))
    count = int(max(tail.max(initial=0), head.max(initial=0), end.max(initial=0))) + 1
    first = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=count)))).astype(np.int64)
    none = np.zeros((len(arcs), 0))
    graph = Arcs(first, head, arcs["minutes"].to_numpy(), none, np.arange(len(arcs)))
    left, found = np.arange(len(start)), [np.zeros((0, 2), np.int64)]
    for wider in bounds:
        order = left[np.argsort(start[left], kind="stable")]
        rows = _routes(graph, tail, start[order], end[order], wider * reach[order], order)
        found.append(rows)
        left = np.setdiff1d(left, rows[:, 0])
    hop, arc = np.concatenate(found).T
    frame = pd.DataFrame({
        "hop": hop, "link": arcs["link"].to_numpy()[arc], "share": arcs["share"].to_numpy()[arc],
    })  # fmt: skip
    return frame.sort_values("hop", kind="stable").reset_index(drop=True)


@compiled
def _routes(arcs: Arcs, tail: Ints, start: Ints, end: Ints, bound: Floats, names: Ints) -> Ints:
    """Arcs of the cheapest path of each hop in order, by the name of the hop (pieces, 2).

    `tail` is the node that each arc leaves. Hops from one node follow each other, and share one
    search within the widest of their bounds.
    """
    size = len(arcs.first) - 1
    keys, items = np.empty(len(arcs.to) + 1), np.empty(len(arcs.to) + 1, np.int64)
    cost, carry = np.full(size, np.inf), np.zeros((size, 0))
    parent, touched = np.full(size, -1, np.int64), np.empty(size, np.int64)
    path = np.empty(size, np.int64)
    found, count = np.empty((4 * len(start) + 1, 2), np.int64), 0
    one = 0
    while one < len(start):
        last = one
        while last < len(start) and start[last] == start[one]:
            last += 1
        source = start[one]
        cost[source], touched[0] = 0.0, source
        met = spread(arcs, bound[one:last].max(), keys, items, push(keys, items, 0, 0.0, source),
                     cost, carry, parent, touched, 1)  # fmt: skip
        for hop in range(one, last):
            node, length = end[hop], 0
            while cost[node] < np.inf and node != source:
                path[length] = parent[node]
                node = tail[parent[node]]
                length += 1
            if count + length > len(found):
                found = np.concatenate((found, np.empty((len(found) + length, 2), np.int64)))
            for place in range(length):
                found[count, 0], found[count, 1] = names[hop], path[length - 1 - place]
                count += 1
        for place in range(met):
            cost[touched[place]] = np.inf
        one = last
    return found[:count]


# ---------------------------------------------------------------- closures, congestion, bus lanes


def rerouted(
    ways: BusWays,
    lines: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    streets: BusStreets,
    parameters: TransitParameters,
) -> BusWays:
    """Ways after a change of streets: those that still stand stay, the others go round.

    Parameters
    ----------
    ways
        Ways before.
    lines
        Columns line, from_stop, to_stop; see `transit_lines.hops`.
    stops
        City table transit_stops.
    streets
        Links for buses after the change.
    parameters
        ``snap`` [m]; the length of a way round is not bounded by ``detour``.

    Raises
    ------
    BlockedError
        If buses cannot get from a stop to the next any more; one fault per line.
    """
    open_now = ways.pieces["link"].isin(streets.links.index)
    shut = np.unique(ways.pieces.loc[~open_now, "hop"].to_numpy())
    if not len(shut):
        return ways
    anyhow = replace(parameters, detour=np.inf)
    new = match(ways.hops.loc[shut], stops, streets, anyhow)
    lost = new.hops[new.hops["metres"].isna()]
    if len(lost):
        raise BlockedError.of("streets of the City", _blocked(lost, lines, stops))
    pieces = new.pieces.assign(hop=shut[new.pieces["hop"].to_numpy()])
    kept = ways.pieces[~ways.pieces["hop"].isin(shut)]
    whole = pd.concat([kept, pieces]).sort_values("hop", kind="stable").reset_index(drop=True)
    hops = ways.hops.copy()
    hops.loc[shut, "metres"] = new.hops["metres"].to_numpy()
    # A way round may be quicker where it passes the stop on another street: nobody gains by that.
    short = hops.loc[shut, "empty"].to_numpy() - new.hops["empty"].to_numpy()
    hops.loc[shut, "more"] = np.maximum(short, 0.0)
    return BusWays(hops, whole)


def _blocked(lost: pd.DataFrame, lines: pd.DataFrame, stops: gpd.GeoDataFrame) -> list[Fault]:
    names = stops["name"].fillna("").astype("str")
    rows = lines.merge(lost[HOP], on=HOP).drop_duplicates("line")
    return [
        Fault(f"line {row.line}", f"cannot get from stop {row.from_stop} ({names[row.from_stop]}) "
              f"to {row.to_stop} ({names[row.to_stop]}): all streets are closed to buses.",
              "Leave a bus gate open, or give the line another way.")
        for row in rows.itertuples()
    ]  # fmt: skip


def minutes(
    ways: BusWays,
    streets: BusStreets,
    traffic: pd.Series | None = None,
    free: pd.Series | None = None,
) -> Floats:
    """Time of a bus on each way without stops (hops,) [min]; NaN where the way is not known.

    Parameters
    ----------
    ways
        Ways from stop to stop.
    streets
        Links for buses.
    traffic
        Time of a car on each link [min], index of the links: congested; a bus takes as long where
        no lane is reserved for it, but never less than on an empty street. Without it streets are
        empty.
    free
        Time of a car on each link when it is empty [min]; where it is not known, the legal speed.
    """
    empty = streets.links["minutes"]
    if free is not None:
        empty = free.reindex(empty.index).fillna(empty)
    time = empty
    if traffic is not None:
        slow = np.fmax(traffic.reindex(empty.index).to_numpy(), empty.to_numpy())
        time = empty.where(streets.links["reserved"], slow)
    piece = ways.pieces["share"] * time.reindex(ways.pieces["link"]).to_numpy()
    total = piece.groupby(ways.pieces["hop"]).sum()
    return np.asarray(total.reindex(ways.hops.index) + ways.hops["more"], dtype=np.float64)
