"""Who must wait for whom where streets meet: as mapped, else guessed from classes and names.

A junction is a node where cars may go in three or more streets. Signals are taken where they are
mapped, on the node or on the approaches close to it, and never guessed. Stop and give-way signs on
an approach say that it waits. Elsewhere the road of lower class waits, then the one whose name
does not go on; streets of the same kind wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

SIGNAL, ROUNDABOUT, PRIORITY, FREE = "signal", "roundabout", "priority", "none"
MAIN, MINOR, EQUAL, ALONE = "main", "minor", "equal", "alone"
OBSERVED, ESTIMATED = "observed", "estimated"
SIGNAL_TAG: Final = "traffic_signals"
SIGN_TAGS: Final = ("stop", "give_way")
MINI: Final = "mini_roundabout"
METRES_PER_KM = 1000.0
BRANCHES: Final = 3
"""Streets that make a node a junction [1]."""

PAIR: Final = 2
"""Ends of one road that goes through a junction [1]."""


@dataclass(frozen=True)
class _Meeting:
    """Carriageways at the nodes where they end, as numbers.

    Parameters
    ----------
    head : (rows,)
        Number of the node at the end of each row of the table.
    nodes
        Junction of each number.
    leg : (rows,)
        Number of the street's end there; both directions of a loop share one.
    leg_node, leg_rank, leg_name : (legs,)
        Node, rank and number of the name (-1 without) of each end of a street.
    """

    head: NDArray[np.int64]
    nodes: pd.Index
    leg: NDArray[np.int64]
    leg_node: NDArray[np.int64]
    leg_rank: NDArray[np.float64]
    leg_name: NDArray[np.int64]

    @classmethod
    def of(cls, links: pd.DataFrame) -> _Meeting:
        """Number the nodes and the ends of streets; each end is the head of one direction."""
        head, nodes = pd.factorize(links["head"])
        code = links["number"].to_numpy() * max(len(nodes), 1) + head
        _, first, leg = np.unique(code, return_index=True, return_inverse=True)
        name = pd.factorize(links["name"])[0]
        rank = links["rank"].to_numpy()
        return cls(head, pd.Index(nodes), leg, head[first], rank[first], name[first])

    @property
    def crossing(self) -> NDArray[np.bool_]:
        """Whether a node is a junction (nodes,)."""
        return np.bincount(self.leg_node, minlength=len(self.nodes)) >= BRANCHES


def controls(links: pd.DataFrame, junctions: gpd.GeoDataFrame, reach: float) -> pd.DataFrame:
    """How traffic is controlled at the end of every link.

    Parameters
    ----------
    links
        Both directions of every carriageway; see `road_links.laid`.
    junctions
        City table in a metric CRS.
    reach
        Distance within which signals and signs belong to a junction [m].

    Returns
    -------
    pandas.DataFrame
        Index as ``links``; control (signal, roundabout, priority or none), role (main, minor,
        equal, or alone for a signal away from junctions), source (observed or estimated), place
        (whether the link ends at a junction or signal at all).
    """
    links = links.assign(device=_met(links, reach))
    meeting = _Meeting.of(links)
    crossing = meeting.nodes[meeting.crossing]
    signals, alone, lonely = _signals(links, junctions, crossing, reach)
    control, role, source, place = _priority(meeting)
    signed = _signs(links, junctions, crossing, reach)
    told = np.isin(links["head"], links["head"].to_numpy()[signed])
    freed = told & ~signed & (role != MINOR)
    ring = links["roundabout"].to_numpy(dtype=bool)
    circle = ~ring & np.isin(links["head"], _round(links, junctions))
    ends, starts = np.isin(links["head"], signals), np.isin(links["tail"], signals)
    inner = ends & starts & (links["length"].to_numpy() * METRES_PER_KM <= reach)
    apart = lonely | np.isin(links["head"], alone)
    # Later rows go before earlier ones: signs before guesses, signals before everything.
    for which, kind, part in (
        (freed, FREE, MAIN), (signed, PRIORITY, MINOR), (circle, ROUNDABOUT, None),
        (ring, FREE, None), (ends, SIGNAL, None), (inner, FREE, MAIN), (apart, SIGNAL, ALONE),
    ):  # fmt: skip
        control[which], source[which] = kind, OBSERVED
        if part is not None:
            role[which] = part
    return pd.DataFrame(
        {"control": control, "role": role, "source": source, "place": place | apart},
        index=links.index,
    )


def _met(links: pd.DataFrame, reach: float) -> NDArray[np.object_]:
    """Devices that drivers wait at; one that they pass on leaving a junction belongs to that."""
    left = links["length"].to_numpy() * METRES_PER_KM - links["device_at"].to_numpy()
    behind = (left <= reach) & (links["device_at"].to_numpy() > reach)
    return np.asarray(np.where(behind, None, links["device"].to_numpy(dtype=object)))


def _round(links: pd.DataFrame, junctions: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Nodes on roundabouts."""
    own = links[links["roundabout"]]
    mini = junctions.index[junctions["control"].eq(MINI).fillna(value=False)]
    return np.concatenate([own["tail"], own["head"], mini]).astype(np.int64)


def _signals(
    links: pd.DataFrame, junctions: gpd.GeoDataFrame, crossing: pd.Index, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Junctions with signals, nodes with a signal away from junctions, and links with one."""
    tagged = junctions.index[junctions["control"].eq(SIGNAL_TAG).fillna(value=False)]
    on = tagged[tagged.isin(crossing)]
    used = tagged[tagged.isin(links["head"]) & ~tagged.isin(crossing)]
    nearest, near = _nearest(used, crossing, junctions, reach)
    device = links["device"].to_numpy() == SIGNAL_TAG
    head = links["head"].to_numpy()
    close = device & (links["device_at"].to_numpy() <= reach) & np.isin(head, crossing)
    all_on = np.concatenate([on.to_numpy(), nearest[near], head[close]]).astype(np.int64)
    return all_on, used.to_numpy(dtype=np.int64)[~near], device & ~close


def _nearest(
    spots: pd.Index, goals: pd.Index, junctions: gpd.GeoDataFrame, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Nearest of the goals to each spot, and whether it is within reach [m]."""
    if spots.empty or goals.empty:
        return np.zeros(len(spots), np.int64), np.zeros(len(spots), dtype=bool)
    there = shapely.get_coordinates(np.asarray(junctions.geometry.loc[goals].array))
    here = shapely.get_coordinates(np.asarray(junctions.geometry.loc[spots].array))
    far, which = cKDTree(there).query(here)
    return goals.to_numpy(dtype=np.int64)[which], np.asarray(far <= reach)


def _signs(
    links: pd.DataFrame, junctions: gpd.GeoDataFrame, crossing: pd.Index, reach: float
) -> NDArray[np.bool_]:
    """Links at whose end a sign tells drivers to wait."""
    device, far = links["device"].to_numpy(), links["device_at"].to_numpy()
    own = ((device == SIGN_TAGS[0]) | (device == SIGN_TAGS[1])) & (far <= reach)
    tagged = junctions["control"].isin(SIGN_TAGS).to_numpy(dtype=bool)
    spots = junctions.index[tagged].difference(crossing)
    near = np.isin(links["tail"], spots) & (links["length"].to_numpy() * METRES_PER_KM <= reach)
    return np.asarray((own | near) & np.isin(links["head"], crossing))


def _priority(
    meeting: _Meeting,
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_], NDArray[np.bool_]]:
    """Control, role, source and place of each row by class and name alone."""
    crossing = meeting.crossing
    leads = _leading(meeting)
    led = np.zeros(len(meeting.nodes), dtype=bool)
    led[meeting.leg_node[leads]] = True
    place = crossing[meeting.head]
    waits = place & ~leads[meeting.leg]
    role = np.select(
        [~waits, led[meeting.head]], [MAIN, MINOR], EQUAL
    ).astype(object)  # fmt: skip
    control = np.where(waits, PRIORITY, FREE).astype(object)
    return control, role, np.full(len(place), ESTIMATED, dtype=object), place


def _leading(meeting: _Meeting) -> NDArray[np.bool_]:
    """Ends of streets that go before the others at their node (legs,).

    Those of the highest class if they are two at most, else the two of them that share a name, if
    no other two do.
    """
    node, rank, nodes = meeting.leg_node, meeting.leg_rank, len(meeting.nodes)
    best = np.full(nodes, np.inf)
    np.minimum.at(best, node, rank)
    first = rank == best[node]
    many = np.bincount(node[first], minlength=nodes)
    named = first & (meeting.leg_name >= 0)
    pair = node * (meeting.leg_name.max(initial=0) + 1) + meeting.leg_name
    _, group, sizes = np.unique(pair[named], return_inverse=True, return_counts=True)
    through = np.zeros(len(node), dtype=bool)
    through[named] = sizes[group] == PAIR
    roads = np.bincount(node[through], minlength=nodes)
    return np.asarray(first & ((many[node] <= PAIR) | (through & (roads[node] == PAIR))))
