"""Waiting at junctions: where people on foot and on bicycles cross signals and busy roads.

Half of a wait is met on entering a junction and half on leaving it. At signals every way pays it
that meets the roads there; at a busy road without signals only what is less busy does, so that who
goes along the busy road waits for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility.active import OTHER
from twin.mobility.road_links import METRES_PER_KM, driven

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters, Crossing

    Floats = NDArray[np.float64]

SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
SIGNALS: Final = "traffic_signals"
MARKED: Final = "crossing"
CONTROLLED: Final = ("stop", "give_way")
THROUGH: Final = 2
"""Ends of streets for cars that meet where a road only runs on [1]."""

CITATIONS: Final = (
    "Transportation Research Board 2000, Highway Capacity Manual, chapter 18 (signals).",
    "Transportation Research Board 2010, Highway Capacity Manual, chapter 19 (gaps in traffic).",
    "Adams 1936, Road traffic considered as a random series, J. Institution of Civil Engineers 4.",
)


def signal_wait(cycle: float, green: float) -> float:
    """Mean wait at fixed-time signals [s]: (C - g)^2 / (2 C), arrivals at random (HCM 2000).

    Parameters
    ----------
    cycle, green
        Cycle and green in it [s].
    """
    return (cycle - green) ** 2 / (2.0 * cycle)


def gap_wait(vehicles: Floats, lanes: Floats, figures: Crossing) -> Floats:
    """Mean wait for a gap in random traffic (roads,) [s], at most `figures.most`.

    With v cars per second and a gap of t seconds it is (exp(v t) - v t - 1) / v (Adams 1936).

    Parameters
    ----------
    vehicles : (roads,) [veh/d]
    lanes : (roads,) [1]
        To be crossed at once.
    figures
        Width of a lane, speed, share of the day's traffic in an hour.
    """
    flow = vehicles * figures.peak / SECONDS_PER_HOUR
    pace = figures.speed * METRES_PER_KM / SECONDS_PER_HOUR
    product = flow * (lanes * figures.lane / pace + figures.start)
    # Beyond this product the wait is far above any limit, and the exponential would overflow.
    product = np.minimum(product, 30.0)
    wait = np.divide(np.expm1(product) - product, flow, out=np.zeros(len(flow)), where=flow > 0)
    return np.minimum(wait, figures.most)


def daily(
    streets: gpd.GeoDataFrame, parameters: ActiveParameters, vehicles: pd.Series | None
) -> Floats:
    """Cars a day on each street (streets,) [veh/d]: those given, else usual ones of its class.

    Parameters
    ----------
    streets
        City table; where cars may not drive there are none.
    parameters
        Usual numbers by class.
    vehicles
        By street id [veh/d]; may lack streets.
    """
    usual = streets["highway"].map(parameters.volumes).fillna(parameters.volumes[OTHER])
    known = usual if vehicles is None else vehicles.reindex(streets.index).fillna(usual)
    return np.where(driven(streets), known.to_numpy(dtype=np.float64), 0.0)


def waits(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    used: pd.Index,
    green: float,
    parameters: ActiveParameters,
    vehicles: pd.Series | None = None,
) -> tuple[Floats, Floats]:
    """Half waits at the first and at the last end of some streets, each (used,) [min].

    Parameters
    ----------
    streets, junctions
        City tables.
    used
        Ids of the streets that people move along.
    green
        Green for them in a cycle of the signals [s].
    parameters
        Figures of crossing.
    vehicles
        Cars a day by street id [veh/d], as far as known.
    """
    figures = parameters.crossing
    cars = driven(streets).to_numpy(dtype=bool)
    gaps = gap_wait(daily(streets, parameters, vehicles), streets["lanes"].to_numpy(), figures)
    gaps = np.where(cars, gaps, 0.0)
    nodes = _nodes(streets, junctions, cars, gaps)
    signal = signal_wait(figures.cycle, green)
    own = pd.Series(gaps, streets.index).reindex(used).to_numpy()
    drives = pd.Series(cars, streets.index).reindex(used).to_numpy()
    found = []
    for end in ("from_node", "to_node"):
        here = nodes.reindex(streets[end].reindex(used).to_numpy())
        control = here["control"].to_numpy()
        busy = here["wait"].to_numpy()
        gap = np.where(busy > own, busy, 0.0)
        gap = gap * np.where(control == MARKED, figures.marked, 1.0)
        along = drives & (here["ends"].to_numpy() <= THROUGH)
        lights = np.where(along, 0.0, signal)
        wait = np.where(control == SIGNALS, lights, gap)
        found.append(wait / 2.0 / SECONDS_PER_MINUTE)
    return found[0], found[1]


def _nodes(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    cars: NDArray[np.bool_],
    gaps: Floats,
) -> pd.DataFrame:
    """By junction: control, ends of streets for cars [1], longest wait to cross one of them [s]."""
    ends = pd.concat([
        pd.DataFrame({"node": streets[end].to_numpy()[cars], "wait": gaps[cars]})
        for end in ("from_node", "to_node")
    ])  # fmt: skip
    by = ends.groupby("node")["wait"]
    found = pd.DataFrame({"wait": by.max(), "ends": by.size()}).reindex(junctions.index)
    return found.fillna(0.0).assign(control=junctions["control"].fillna("").to_numpy())
