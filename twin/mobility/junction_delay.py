"""How long cars wait at junctions, and how many of them pass in an hour, per approach.

Webster's uniform delay and the queue of random arrivals at signals; gap acceptance on the approaches
that wait for others; the exponential capacity of roundabout entries (Highway Capacity Manual). What
an approach lets pass depends on one's own flow only: flows on the other roads enter as a share of
their capacity, at roundabouts as the flow at which all entries are full together. The delay of an
approach therefore belongs to its link alone, so that an equilibrium exists and is unique.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import lambertw

from twin.mobility import junction_control
from twin.mobility.columns_given import given
from twin.mobility.junction_control import (
    ALONE,
    EQUAL,
    FREE,
    MAIN,
    MINOR,
    PRIORITY,
    ROUNDABOUT,
    SIGNAL,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.road_parameters import RoadParameters

SECONDS_PER_HOUR = 3600.0
HALF_HOUR = 450.0
"""Factor of the time under the root of the Highway Capacity Manual's queue formula [s/h]."""

CITATIONS = (
    "Webster 1958, Traffic signal settings, Road Research Technical Paper 39, HMSO.",
    (
        "Transportation Research Board 2016, Highway Capacity Manual, 6th edition, chapters 19 "
        "(signals), 20 (two-way stop control) and 22 (roundabouts)."
    ),
)


def approaches(
    links: pd.DataFrame, laid: pd.DataFrame, junctions: gpd.GeoDataFrame, roads: RoadParameters
) -> pd.DataFrame:
    """Every approach to a junction or signal.

    Parameters
    ----------
    links
        Links that cars may drive: street, direction, lanes [1], capacity between junctions
        [veh/h].
    laid
        All carriageways, of which ``links`` are a part; see `road_links.laid`.
    junctions
        City table.
    roads
        Figures of junctions.

    Returns
    -------
    pandas.DataFrame
        Index as ``links``; street, direction, place (whether the link ends at a junction or
        signal), control, control_source, role, green [1] (NaN without signal), capacity [veh/h]
        (infinite where nobody waits), delay [s] on an empty road, and delay_full [s] at the flow
        that the link with its approach can take.
    """
    found = junction_control.controls(laid, junctions, roads.reach)
    head, nodes = pd.factorize(laid["head"])
    green = _green(laid, found, head, _share(junctions, nodes), roads)
    found["green"] = np.where(found["control"] == SIGNAL, green, np.nan)
    found["conflicting"] = _conflicting(laid, found, head, roads)
    found = found.iloc[laid.index.get_indexer(links.index)]
    capacity = _capacity(found, links["lanes"].to_numpy(), roads)
    table = pd.DataFrame({
        "street": links["street"],
        "direction": links["direction"],
        "place": found["place"],
        "control": found["control"],
        "control_source": found["source"],
        "role": found["role"],
        "green": found["green"],
        "capacity": capacity,
    }, index=links.index)  # fmt: skip
    full = np.minimum(links["capacity"].to_numpy(), capacity) / capacity
    return table.assign(delay=delay(table, 0.0, roads), delay_full=delay(table, full, roads))


def _share(junctions: gpd.GeoDataFrame, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of green that is set for the main road of each node (nodes,) [1]."""
    return np.asarray(given(junctions, "green_share", np.nan).reindex(nodes), dtype=np.float64)


def _green(
    laid: pd.DataFrame,
    found: pd.DataFrame,
    head: NDArray[np.int64],
    wanted: NDArray[np.float64],
    roads: RoadParameters,
) -> NDArray[np.float64]:
    """Share of green that each approach has or would have (rows,).

    What changes of the green leave is shared between the roads as their lanes can carry (Webster
    1958: greens in proportion to flow over saturation flow), half each where no road is the main
    one; ``wanted`` (nodes,), the green share of the main road, goes before.
    """
    useful = 1.0 - roads.phases * roads.lost / roads.cycle
    role, lane = found["role"].to_numpy(), laid["lane"].to_numpy()
    mine = wanted[head]
    main = (role == MAIN) | _largest(laid, head, (role == EQUAL) & ~np.isnan(mine))
    first, other = np.zeros(len(wanted)), np.zeros(len(wanted))
    np.maximum.at(first, head[main], lane[main])
    np.maximum.at(other, head[~main], lane[~main])
    both = (first > 0.0) & (other > 0.0)
    part = np.divide(first, first + other, out=np.full(len(wanted), 1.0 / roads.phases), where=both)
    usual = useful * np.where(main, part[head], 1.0 - part[head])
    rest = np.maximum(useful - mine, roads.lost / roads.cycle)
    chosen = np.where(both[head] & ~np.isnan(mine), np.where(main, mine, rest), usual)
    return np.where(role == ALONE, roads.crossing, chosen)


def _largest(
    laid: pd.DataFrame, head: NDArray[np.int64], asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The road that stands for the main one where equal roads meet and a green share is set.

    The one, by name, whose approaches carry most; of two such the first in the alphabet.
    """
    equal = laid[asked].assign(head=head[asked])
    road = equal["name"].fillna(equal["street"])
    size = equal["capacity"].groupby([equal["head"], road]).sum().rename("size").reset_index()
    size = size.sort_values(["head", "size", "name"], ascending=[True, False, True])
    chosen = size.drop_duplicates("head").set_index("head")["name"]
    mine = np.zeros(len(laid), dtype=bool)
    mine[asked] = road.eq(equal["head"].map(chosen)).fillna(value=False)
    return mine


def unused_green(table: pd.DataFrame, heads: pd.Series, junctions: gpd.GeoDataFrame) -> int:
    """Junctions with a green share and no signal that parts roads, where it does nothing [1].

    Parameters
    ----------
    table
        Approaches.
    heads
        Junction at the end of each.
    junctions
        City table.
    """
    chosen = given(junctions, "green_share", np.nan).dropna().index
    parts = (table["control"] == SIGNAL) & (table["role"] != ALONE)
    return len(chosen.difference(heads[parts]))


def _capacity(
    found: pd.DataFrame, lanes: NDArray[np.float64], roads: RoadParameters
) -> NDArray[np.float64]:
    """What approaches let pass [veh/h]."""
    waits = gap_capacity(found["conflicting"].to_numpy(), roads)
    control = found["control"]
    lane = np.select(
        [control == SIGNAL, control == ROUNDABOUT, control == PRIORITY],
        [roads.saturation * found["green"].to_numpy(), balanced_entry(roads), waits],
        np.inf,
    )
    return np.asarray(lane * lanes)


def _conflicting(
    laid: pd.DataFrame, found: pd.DataFrame, head: NDArray[np.int64], roads: RoadParameters
) -> NDArray[np.float64]:
    """Flow that an approach waits for [veh/h]: the main road's, or one other street's."""
    capacity, role = laid["capacity"].to_numpy(), found["role"].to_numpy()
    main = np.bincount(head, np.where(role == MAIN, capacity, 0.0))[head]
    total, others = np.bincount(head, capacity)[head], np.bincount(head)[head] - 1
    one = (total - capacity) / np.maximum(others, 1)
    return np.asarray(roads.load * np.where(role == MINOR, main, one))


def gap_capacity(flow: NDArray[np.float64], roads: RoadParameters) -> NDArray[np.float64]:
    """Cars of one lane that find a gap in an hour (approaches,) [veh/h].

    ``c = v exp(-v t_c / 3600) / (1 - exp(-v t_f / 3600))`` (Highway Capacity Manual, two-way stop
    control; Harders 1968); ``3600 / t_f`` where nobody comes.

    Parameters
    ----------
    flow : (approaches,) [veh/h]
        Conflicting flow v.
    roads
        Critical gap t_c and follow-up time t_f [s].
    """
    some = np.maximum(flow, 1e-9)
    taken = np.exp(-some * roads.critical / SECONDS_PER_HOUR)
    return some * taken / -np.expm1(-some * roads.follow / SECONDS_PER_HOUR)


def balanced_entry(roads: RoadParameters) -> float:
    """Cars that one lane of a roundabout's entry lets in where all entries are full [veh/h].

    ``c = A exp(-B v)`` with a circulating flow v as great as the flow of an entry, as at four
    equal entries whose drivers leave in equal shares: ``c = W(A B) / B`` with Lambert's W.
    """
    slope = roads.roundabout_slope
    return float(lambertw(roads.roundabout_intercept * slope).real) / slope


def delay(
    table: pd.DataFrame, load: float | NDArray[np.float64], roads: RoadParameters
) -> NDArray[np.float64]:
    """Mean time lost at an approach (approaches,) [s/veh].

    Signals: ``0.5 C (1 - g)^2 / (1 - min(x, 1) g)`` and the queue; who waits for gaps:
    ``3600 / c``, 5 s for stopping (not among equals, at roundabouts by load) and the queue
    ``900 T (x - 1 + sqrt((x - 1)^2 + m x / (c T)))`` (Highway Capacity Manual).

    Parameters
    ----------
    table
        Columns control, role, green, capacity as `approaches` gives them.
    load : (approaches,) [1]
        Flow over capacity x.
    roads
        Cycle C, period T, weights m.
    """
    capacity = table["capacity"].to_numpy()
    ratio = np.broadcast_to(np.asarray(load, dtype=np.float64), capacity.shape)
    signal, circle = table["control"] == SIGNAL, table["control"] == ROUNDABOUT
    green, bounded = table["green"].to_numpy(), np.minimum(ratio, 1.0)
    red = 0.5 * roads.cycle * (1.0 - green) ** 2 / (1.0 - bounded * green)
    stop = roads.stop * np.select([circle, table["role"] == EQUAL], [bounded, 0.0], 1.0)
    weight = np.where(signal, roads.signal_variance, roads.minor_variance)
    queue = 2.0 * HALF_HOUR * roads.period * (
        ratio - 1.0 + np.sqrt((ratio - 1.0) ** 2 + weight * ratio / (capacity * roads.period))
    )  # fmt: skip
    lost = np.where(signal, red, SECONDS_PER_HOUR / capacity + stop) + queue
    return np.where(table["control"] == FREE, 0.0, lost)
