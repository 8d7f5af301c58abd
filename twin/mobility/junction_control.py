"""Who must wait for whom where streets meet: as mapped, else guessed from classes and names.

A junction is a node where cars may go in three or more streets. Signals are taken where they are
mapped, on the node or on the approaches close to it, and never guessed. Stop and give-way signs on
an approach say that it waits. Elsewhere the road of lower class waits, then the one whose name
does not go on; streets of the same kind wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import geopandas as gpd

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
    legs = _legs(links)
    crossing = pd.Index(legs.index[legs >= BRANCHES])
    signals, alone, lonely = _signals(links, junctions, crossing, reach)
    found = _priority(links, crossing)
    found = _signed(links, found, _signs(links, junctions, crossing, reach))
    ring = _ring(links)
    tagged = junctions.index[junctions["control"] == MINI]
    circle = ~links["roundabout"] & (links["head"].isin(ring) | links["head"].isin(tagged))
    found.loc[circle, ["control", "source"]] = [ROUNDABOUT, OBSERVED]
    found.loc[links["roundabout"], ["control", "source"]] = [FREE, OBSERVED]
    found.loc[links["head"].isin(signals), ["control", "source"]] = [SIGNAL, OBSERVED]
    inner = links["head"].isin(signals) & links["tail"].isin(signals)
    inner &= links["length"] * METRES_PER_KM <= reach
    found.loc[inner, ["control", "role"]] = [FREE, MAIN]
    apart = lonely | links["head"].isin(alone)
    found.loc[apart, ["control", "source", "role", "place"]] = [SIGNAL, OBSERVED, ALONE, True]
    return found


def _met(links: pd.DataFrame, reach: float) -> pd.Series:
    """Devices that drivers wait at; one that they pass on leaving a junction belongs to that."""
    left = links["length"] * METRES_PER_KM - links["device_at"]
    behind = (left <= reach) & (links["device_at"] > reach)
    return links["device"].mask(behind)


def _legs(links: pd.DataFrame) -> pd.Series:
    """Streets that meet at each node."""
    return _ends(links).groupby("node").size()


def _ends(links: pd.DataFrame) -> pd.DataFrame:
    """Every end of every street once: street, node, rank, name."""
    both = [
        links[["street", "rank", "name"]].assign(node=links[end].to_numpy())
        for end in ("tail", "head")
    ]
    return pd.concat(both).drop_duplicates(["street", "node"])


def _ring(links: pd.DataFrame) -> set[int]:
    """Nodes on roundabouts."""
    own = links[links["roundabout"]]
    return set(own["tail"]) | set(own["head"])


def _signals(
    links: pd.DataFrame, junctions: gpd.GeoDataFrame, crossing: pd.Index, reach: float
) -> tuple[set[int], set[int], pd.Series]:
    """Junctions with signals, nodes with a signal away from junctions, and links with one."""
    tagged = junctions.index[junctions["control"] == SIGNAL_TAG]
    on = set(tagged[tagged.isin(crossing)])
    used = tagged[tagged.isin(links["head"]) & ~tagged.isin(crossing)]
    nearest = _nearest(used, crossing, junctions, reach)
    device = links["device"] == SIGNAL_TAG
    close = device & (links["device_at"] <= reach) & links["head"].isin(crossing)
    on |= set(nearest.dropna().astype("int64")) | set(links.loc[close, "head"])
    return on, set(nearest.index[nearest.isna()]), device & ~close


def _nearest(
    spots: pd.Index, goals: pd.Index, junctions: gpd.GeoDataFrame, reach: float
) -> pd.Series:
    """Nearest of the goals to each spot, missing beyond reach [m]."""
    if spots.empty or goals.empty:
        return pd.Series(np.nan, index=spots, dtype="float64")
    there = shapely.get_coordinates(np.asarray(junctions.geometry.loc[goals].array))
    here = shapely.get_coordinates(np.asarray(junctions.geometry.loc[spots].array))
    far, which = cKDTree(there).query(here)
    names = pd.Series(goals.to_numpy()[which], index=spots, dtype="Int64")
    return names.mask(far > reach)


def _signs(
    links: pd.DataFrame, junctions: gpd.GeoDataFrame, crossing: pd.Index, reach: float
) -> pd.Series:
    """Links at whose end a sign tells drivers to wait."""
    own = links["device"].isin(SIGN_TAGS) & (links["device_at"] <= reach)
    spots = junctions.index[junctions["control"].isin(SIGN_TAGS)].difference(crossing)
    near = links["tail"].isin(spots) & (links["length"] * METRES_PER_KM <= reach)
    return (own | near) & links["head"].isin(crossing)


def _priority(links: pd.DataFrame, crossing: pd.Index) -> pd.DataFrame:
    """Who waits by class and name alone."""
    ends = _ends(links)
    ends = ends[ends["node"].isin(crossing)]
    best = ends["rank"] == ends.groupby("node")["rank"].transform("min")
    first = ends[best]
    many = first.groupby("node")["street"].transform("size")
    same = first.groupby(["node", "name"])["street"].transform("size")
    through = same == PAIR
    roads = through.groupby(first["node"]).transform("sum")
    leads = (many <= PAIR) | (through & (roads == PAIR))
    led = leads.groupby(first["node"]).any()
    keys = pd.MultiIndex.from_arrays([first["street"], first["node"]])
    main = pd.Series(leads.to_numpy(), index=keys)
    place = links["head"].isin(crossing)
    mine = pd.MultiIndex.from_arrays([links["street"], links["head"]])
    is_main = main.reindex(mine).eq(True).to_numpy()  # noqa: FBT003 - pandas has no other word
    waits = links["head"].map(led).eq(True)  # noqa: FBT003 - the same
    role = np.select([is_main, waits], [MAIN, MINOR], EQUAL)
    return pd.DataFrame({
        "control": np.where(place & (role != MAIN), PRIORITY, FREE),
        "role": np.where(place, role, MAIN),
        "source": ESTIMATED,
        "place": place,
    }, index=links.index)  # fmt: skip


def _signed(links: pd.DataFrame, found: pd.DataFrame, signed: pd.Series) -> pd.DataFrame:
    """Let signs go before guesses: who has one waits, the equal ones without one do not."""
    found = found.copy()
    told = links["head"].isin(links.loc[signed, "head"])
    freed = told & ~signed & (found["role"] != MINOR)
    found.loc[freed, ["control", "role", "source"]] = [FREE, MAIN, OBSERVED]
    found.loc[signed, ["control", "role", "source"]] = [PRIORITY, MINOR, OBSERVED]
    return found
