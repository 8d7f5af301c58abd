"""Minutes of emergency services from their stations to every door, and from there to hospital.

They drive with lights and sirens: past queues, through bus gates and streets for people on foot, into
closed streets as far as what closes them, and through it where it opens to them. Turn bans do not
hold them up; against a one-way street they do not drive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from twin.mobility import moving, reach, walking
from twin.mobility.columns_given import given
from twin.mobility.road_links import METRES_PER_KM, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.walking import Walks

    Floats = NDArray[np.float64]

PASSABLE: Final = "emergency"
"""Column of streets that emergency vehicles may pass where cars may not."""
SECONDS_PER_MINUTE: Final = 60.0
BUSES_ALONE: Final = "lane"
"""How buses drive where nobody else may, in the columns bus_forward and bus_backward."""

DOORS: Final = ":doors"
WAYS: Final = ("forward", "backward")
CITATIONS: Final = (
    (
        "Ho, Casey 1998, Time saved with use of emergency warning lights and sirens during response "
        "to requests for emergency medical aid in an urban environment, Annals of Emergency "
        "Medicine 32(5), 585-588."
    ),
)


@dataclass(frozen=True)
class Rules:
    """What emergency vehicles may pass, and how fast they drive.

    Parameters
    ----------
    share
        Their time as a share of the time of a car on the same street [1].
    speed
        Highest mean speed by class of street [km/h]; they do not enter others.
    barriers, streets, classes
        Time lost at what may be passed [s]: by barrier, by what a street is marked as, and by the
        class of a street that is closed to cars. What is not in it is not passed.
    """

    share: float
    speed: Mapping[str, float]
    barriers: Mapping[str, float]
    streets: Mapping[str, float]
    classes: Mapping[str, float]


@cache
def rules() -> Rules:
    """Load what emergency vehicles may do (``emergency*.csv``, where each figure has its source)."""
    speed = tables.load("emergency_speeds").set_index("highway")["value"]
    rows = tables.load("emergency_passes")
    open_ = rows[rows["passes"] == "yes"]

    def stops(what: str) -> Mapping[str, float]:
        own = open_[open_["what"] == what]
        return MappingProxyType(dict(zip(own["value"], own["stop"].astype(float), strict=True)))

    return Rules(
        share=tables.figures("emergency")["siren.share"],
        speed=MappingProxyType(speed[speed > 0.0].astype(float).to_dict()),
        barriers=stops("barrier"),
        streets=stops("street"),
        classes=stops("highway"),
    )


def minutes(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    doors: gpd.GeoSeries,
    stations: Mapping[str, gpd.GeoSeries],
    parameters: ActiveParameters,
    may: Rules,
    *,
    car_minutes: pd.DataFrame | None = None,
    passable: bool = True,
    towards: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Time of each service between its nearest place and every door [min]; missing if none leads.

    Parameters
    ----------
    streets, junctions
        City tables.
    doors
        Where help is needed.
    stations
        Places by service.
    parameters
        Farthest door from its street, smallest piece of a network.
    may
        What may be passed, and how fast.
    car_minutes
        Minutes of a car by street (`moving.street_minutes`); legal speed where missing.
    passable
        Whether closed streets marked as passable are passed.
    towards
        Services that drive from the door to their place; all others drive to the door.

    Returns
    -------
    pandas.DataFrame
        Index of the doors, a column for each service.
    """
    table = opened(streets, may, passable=passable)
    walks = walking.network(table, junctions, parameters.walk_fragment, "drive")
    cost = _cost(walks, table, may, car_minutes)
    wait = _wait(walks, table.loc[walks.ids], junctions, may)
    cut = _cut(walks, table, junctions, may)
    tied = moving.tied(walks, {DOORS: doors, **stations}, parameters)
    # Searched from the door: turned round for those who drive to it.
    nets = {
        there: reach.net((cut.tail, cut.head), cut.nodes, ways, _none(cost), wait)
        for there, ways in ((True, cost), (False, cost[::-1]))
    }
    found = {}
    for name in stations:
        time, _ = reach.nearest(nets[name in towards], tied[DOORS], tied[name])
        found[name] = np.where(np.isfinite(time), time, np.nan)
    return pd.DataFrame(found, index=doors.index, columns=list(stations), dtype="float64")


def opened(streets: gpd.GeoDataFrame, may: Rules, *, passable: bool = True) -> gpd.GeoDataFrame:
    """Streets as emergency vehicles meet them.

    Parameters
    ----------
    streets
        City table.
    may
        What may be passed.
    passable
        Whether closed streets marked as passable are passed.

    Returns
    -------
    geopandas.GeoDataFrame
        The streets that they may enter, with other drive_forward and drive_backward; stop [s]: time
        lost on the way through, infinite where only one end can be reached.
    """
    cars = streets["drive_forward"] | streets["drive_backward"]
    wide = streets["highway"].isin(may.speed) | cars
    stop = _stop(streets, cars, may, passable=passable)
    ways = {f"drive_{way}": streets[f"drive_{way}"] | ~cars for way in WAYS}
    return streets.assign(**ways, stop=stop)[wide]


def _stop(streets: gpd.GeoDataFrame, cars: pd.Series, may: Rules, *, passable: bool) -> pd.Series:
    """Time lost on the way through each street [s], infinite where nobody gets through."""
    nothing = pd.Series(0.0, streets.index)
    barrier = given(streets, "barrier")
    marked = given(streets, PASSABLE, unset=False)
    buses = given(streets, "bus_gate", unset=False)
    for way in WAYS:
        buses |= given(streets, f"bus_{way}").eq(BUSES_ALONE).fillna(value=False) & ~marked
    gate = nothing.where(~buses, may.streets["bus_gate"])
    mark = gate.where(buses, may.streets[PASSABLE]).where(marked & passable, np.inf)
    own = gate.where(buses & ~given(streets, "bus_gate", unset=False), np.inf)
    by_class = streets["highway"].map(may.classes).astype("float64").fillna(np.inf)
    closed = np.fmin(np.fmin(mark, own), by_class)
    held = barrier.map(may.barriers).astype("float64").fillna(np.inf).where(barrier.notna(), 0.0)
    held = held.where(~marked | np.isfinite(held), 0.0)
    return nothing.where(cars, closed) + held


def _cost(
    walks: Walks,
    table: gpd.GeoDataFrame,
    may: Rules,
    car_minutes: pd.DataFrame | None,
) -> tuple[Floats, Floats]:
    """Minutes along and against every street, infinite where nobody may drive."""
    own = table.loc[walks.ids]
    length = walks.length / METRES_PER_KM
    most = own["highway"].map(may.speed).astype("float64").fillna(own["speed_kph"]).to_numpy()
    least = length / most * MINUTES_PER_HOUR
    legal = length / own["speed_kph"].to_numpy(dtype=np.float64) * MINUTES_PER_HOUR
    found = []
    for way, allowed in zip(WAYS, (walks.forward, walks.backward), strict=True):
        car = legal
        if car_minutes is not None:
            known = car_minutes[way].reindex(walks.ids).to_numpy(dtype=np.float64)
            car = np.where(np.isfinite(known), known, legal)
        found.append(np.where(allowed, np.fmax(may.share * car, least), np.inf))
    return found[0], found[1]


def _wait(
    walks: Walks, own: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame, may: Rules
) -> tuple[Floats, Floats]:
    """Time lost at both ends of every street [min]: half of that at the junction on either side.

    What stands on a street counts at one end: where it stands between the ends is not known.
    """
    stop = given(junctions, "barrier").map(may.barriers).astype("float64").fillna(0.0)
    within = own["stop"].where(np.isfinite(own["stop"]), 0.0).to_numpy()
    leaf = _leaf(walks)
    tail, head = (
        (0.5 * stop.reindex(own[end]).fillna(0.0).to_numpy() + within * here) / SECONDS_PER_MINUTE
        for end, here in (("from_node", leaf), ("to_node", ~leaf))
    )
    return tail, head


def _leaf(walks: Walks) -> NDArray[np.bool_]:
    """Streets that begin where no other is: what stands on them stands there, else at their end."""
    degree = np.bincount(np.concatenate([walks.tail, walks.head]), minlength=walks.nodes)
    return np.asarray(degree[walks.tail] == 1)


def _cut(walks: Walks, table: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame, may: Rules) -> Walks:
    """The network without ways through what is not passed: there every street ends for itself.

    A street with something on it that is not passed is reached from one end: where it goes on.
    """
    own = table.loc[walks.ids]
    barrier = given(junctions, "barrier")
    shut = junctions.index[barrier.notna() & ~barrier.isin(may.barriers)]
    count = len(walks.ids)
    halved, leaf = ~np.isfinite(own["stop"].to_numpy()), _leaf(walks)
    tail_cut = own["from_node"].isin(shut).to_numpy() | (halved & leaf)
    head_cut = own["to_node"].isin(shut).to_numpy() | (halved & ~leaf)
    fresh = walks.nodes + np.arange(count)
    return replace(
        walks,
        tail=np.where(tail_cut, fresh, walks.tail),
        head=np.where(head_cut, fresh + count, walks.head),
        nodes=walks.nodes + 2 * count,
    )


def _none(cost: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """No quantities to carry."""
    empty = np.zeros((len(cost[0]), 1))
    return empty, empty
