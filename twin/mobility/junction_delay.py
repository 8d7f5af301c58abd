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
    import pandas as pd
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
        Index: link ids; street, direction, control, control_source, role, green [1] (NaN without
        signal), capacity [veh/h] (infinite where nobody waits), delay [s] on an empty road, and
        delay_full [s] at the flow that the link with its approach can take.
    """
    found = junction_control.controls(laid, junctions, roads.reach)
    found["green"] = _green(laid, found, junctions, roads)
    found["conflicting"] = _conflicting(laid, found, roads)
    found = found[found["place"] & found.index.isin(links.index)]
    own = links.loc[found.index]
    capacity = _capacity(found, own["lanes"].to_numpy(), roads)
    table = own[["street", "direction"]].assign(
        control=found["control"],
        control_source=found["source"],
        role=found["role"],
        green=found["green"],
        capacity=capacity,
    )
    full = np.minimum(own["capacity"].to_numpy(), capacity) / capacity
    return table.assign(delay=delay(table, 0.0, roads), delay_full=delay(table, full, roads))


def _green(
    laid: pd.DataFrame, found: pd.DataFrame, junctions: gpd.GeoDataFrame, roads: RoadParameters
) -> NDArray[np.float64]:
    """Share of green of each approach; NaN without a signal.

    What changes of the green leave is shared between the roads as their lanes can carry (Webster
    1958: greens in proportion to flow over saturation flow), half each where no road is the main
    one; ``green_share`` of the junction goes before.
    """
    useful = 1.0 - roads.phases * roads.lost / roads.cycle
    wanted = laid["head"].map(given(junctions, "green_share", np.nan))
    main = (found["role"] == MAIN) | _largest(laid, found, wanted.notna())
    first = laid["lane"].where(main).groupby(laid["head"]).transform("max")
    other = laid["lane"].where(~main).groupby(laid["head"]).transform("max")
    share = (first / (first + other)).fillna(1.0 / roads.phases)
    usual = useful * share.where(main, 1.0 - share)
    rest = (useful - wanted).clip(lower=roads.lost / roads.cycle)
    chosen = wanted.where(main, rest).where(first.notna() & other.notna())
    green = chosen.fillna(usual).mask(found["role"] == ALONE, roads.crossing)
    return np.asarray(green.where(found["control"] == SIGNAL), dtype=np.float64)


def _largest(laid: pd.DataFrame, found: pd.DataFrame, wanted: pd.Series) -> pd.Series:
    """The road that stands for the main one where equal roads meet and a green share is set.

    The one, by name, whose approaches carry most; of two such the first in the alphabet.
    """
    equal = laid[wanted & (found["role"] == EQUAL)]
    road = equal["name"].fillna(equal["street"])
    size = equal["capacity"].groupby([equal["head"], road]).sum().rename("size").reset_index()
    size = size.sort_values(["head", "size", "name"], ascending=[True, False, True])
    chosen = size.drop_duplicates("head").set_index("head")["name"]
    mine = road.eq(equal["head"].map(chosen))
    return mine.reindex(laid.index, fill_value=False).astype(bool)


def unused_green(table: pd.DataFrame, heads: pd.Series, junctions: gpd.GeoDataFrame) -> int:
    """Junctions with a green share and no signal that parts roads, where it does nothing [1].

    Parameters
    ----------
    table
        Approaches.
    heads
        Junction of each link.
    junctions
        City table.
    """
    chosen = given(junctions, "green_share", np.nan).dropna().index
    own = table[(table["control"] == SIGNAL) & (table["role"] != ALONE)]
    return len(chosen.difference(heads.loc[own.index]))


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
    laid: pd.DataFrame, found: pd.DataFrame, roads: RoadParameters
) -> NDArray[np.float64]:
    """Flow that an approach waits for [veh/h]: the main road's, or one other street's."""
    capacity, head = laid["capacity"], laid["head"]
    main = capacity.where(found["role"] == MAIN, 0.0).groupby(head).transform("sum")
    total = capacity.groupby(head).transform("sum")
    others = capacity.groupby(head).transform("size") - 1
    one = (total - capacity) / others.clip(lower=1)
    flow = main.where(found["role"] == MINOR, one)
    return np.asarray(roads.load * flow, dtype=np.float64)


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
