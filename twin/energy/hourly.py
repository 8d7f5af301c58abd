"""A year of every building of a town by the hourly model, as lived and by standard use.

Worked out in groups of buildings; of the hours only sums over the town are kept. A group whose
buildings, weather and tables are those of an earlier run is taken from there, bit for bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers.schema import silent
from twin.energy import occupancy, room_hours, stock_groups, thermal
from twin.energy.room_hours import COOLING, HEATING, SOURCES
from twin.energy.room_memory import Memory
from twin.energy.threads import threads_available

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.energy.parameters import EnergyParameters
    from twin.energy.room_memory import Rooms
    from twin.energy.shading import Shading
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]
    Visit = Callable[[slice, Floats, Floats], Any]
    Visitor = Callable[[Stock], Visit]

CHUNK: Final = 400
"""Buildings whose hours are held at a time; they take some 250 MB."""

KILO: Final = 1000.0
COLUMNS: Final = (
    "heat", "heat_standard", "cooling", "cooling_standard", "heat_peak", "cooling_peak",
    "overheating_hours", "residual",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """The year of a few buildings.

    Parameters
    ----------
    key
        Digest of all that it depends on.
    figures : (m, `COLUMNS`)
        See `StockYear.frame`.
    monthly : (2, m, 2, 12)
        By standard use and as lived: heat and cooling of each month [kWh].
    load : (2, hours)
        Heat and cooling as lived of all of them [W].
    sums : (`SOURCES`,)
        Where the heat of their rooms came from and went to, as lived [kWh].
    visited
        What the visitor made of their hours.
    """

    key: str
    figures: Floats
    monthly: Floats
    load: Floats
    sums: Floats
    visited: Any


@dataclass(frozen=True)
class StockYear:
    """A year of n buildings.

    Parameters
    ----------
    frame
        Index building id; heat and cooling [kWh/a] of the rooms as lived, heat_standard and
        cooling_standard [kWh/a] by standard use, heat_peak and cooling_peak [kW] by standard use,
        overheating_hours [h] as lived, residual: what does not close, by the heat that moved [1].
    monthly : (n, 2, 12)
        Heat and cooling of each month as lived [kWh].
    monthly_standard : (n, 2, 12)
        The same by standard use [kWh].
    load
        Index begin of the hour in UTC; heating and cooling of all rooms of the town as lived [kW].
    balance
        Where the heat came from and went to, for the record.
    model
        One of `thermal.MODELS`.
    visited
        What the visitor made of each group of buildings, in the order of `order`.
    order
        Rows of the stock in the order of the groups.
    groups
        What a later run may take up, by number of the group.
    computed
        Buildings that were worked out anew [1].
    """

    frame: pd.DataFrame
    monthly: Floats
    monthly_standard: Floats
    load: pd.DataFrame
    balance: Mapping[str, float]
    model: str
    visited: tuple[Any, ...] = ()
    order: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    groups: Mapping[int, Group] = field(default_factory=dict)
    computed: int = 0


def run(
    stock: Stock,
    weather: Weather,
    parameters: EnergyParameters,
    *,
    model: str = thermal.ISO_52016,
    progress: Progress | None = None,
    threads: int | None = None,
    shading: Shading | None = None,
    visitor: Visitor | None = None,
    key: str = "",
    warm: Mapping[int, Group] | None = None,
    lights: tuple[Floats, Floats] | None = None,
    memory: Memory | None = None,
) -> StockYear:
    """Work out a year of every building of a stock, as lived and by standard use.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    weather
        Of `zones.weather`.
    parameters
        Tables of the energy model.
    model
        One of `thermal.MODELS`.
    progress
        Called with the stage and the share done.
    threads
        How many at most; the result does not depend on it, bit for bit.
    shading
        Horizons of these buildings, in their order; None for one factor for all.
    visitor
        Takes the buildings that are worked out and gives a function that is called for each group
        of them, in any order: its rows, and heat and cold of its buildings as lived, (rows, hours)
        [W].
    key
        Digest of what the visitor depends on beside the buildings.
    warm
        `StockYear.groups` of an earlier run.
    lights
        Of `room_hours.sun_light`, if it is known already.
    memory
        Where rooms are kept and taken from, for who works out many states of a town.
    """
    tell = progress or silent
    ids = stock.buildings.index
    groups = stock_groups.grouped(ids)
    shared = stock_groups.shared_key(parameters, weather, model)
    cools = occupancy.shares(stock, parameters).cools
    own = stock_groups.digests(stock, cools, None if shading is None else shading.of(ids))
    wanted = stock_groups.keys(own.whole, groups, shared + key)
    known = warm or {}
    kept = {
        number: known[number]
        for number, own in enumerate(wanted)
        if number in known and known[number].key == own
    }
    missing = [number for number in range(len(groups)) if number not in kept]
    fresh = [groups[number] for number in missing]
    rows = np.concatenate(fresh) if fresh else np.zeros(0, dtype=np.int64)
    part = stock.part(rows)
    ends = np.cumsum([len(one) for one in fresh]).astype(np.int64)
    visit = visitor(part) if visitor is not None and len(rows) else None
    lit = room_hours.sun_light(weather, parameters) if lights is None else lights
    space = Memory(0) if memory is None else memory
    engine = room_hours.Engine(parameters, weather, model, threads, lit, space, shared)
    made: list[Group] = []
    for first, last in _chunks(ends):
        names = [wanted[number] for number in missing[first:last]]
        edges = np.concatenate([[0], ends])[first : last + 1]
        at = np.arange(edges[0], edges[-1])
        piece = part.part(at)
        shade = None if shading is None else shading.of(piece.buildings.index)
        found_rooms = engine.rooms(piece, own.rooms[rows[at]], shade)
        made += _worked_out(piece, found_rooms, parameters, weather, threads, visit, edges, names)
        tell("hours of buildings", float(edges[-1]) / max(len(rows), 1))
    found = kept | dict(zip(missing, made, strict=True))
    return _gathered(stock, groups, found, weather, model, len(rows))


def _chunks(ends: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Groups that are worked out together: as many as fit into a chunk, one at least."""
    found, first, begin = [], 0, 0
    for number, end in enumerate(ends):
        following = ends[number + 1] if number + 1 < len(ends) else None
        if following is None or following - begin > CHUNK:
            found.append((first, number + 1))
            first, begin = number + 1, int(end)
    return found


def _worked_out(
    stock: Stock,
    rooms: Rooms,
    parameters: EnergyParameters,
    weather: Weather,
    threads: int | None,
    visit: Visit | None,
    edges: NDArray[np.int64],
    names: Sequence[str],
) -> list[Group]:
    """The groups of a chunk; its rows are those from the first to before the last edge."""
    real = stock.area.to_numpy() > 0.0
    weights = _weights(stock, parameters, real)
    needs = np.empty((2, *rooms.heat.shape))
    np.multiply(rooms.heat, weights[HEATING, :, None], out=needs[HEATING])
    np.multiply(rooms.cold, weights[COOLING, :, None], out=needs[COOLING])
    monthly = np.stack([rooms.monthly * real[:, None, None], _by_month(needs, weather.months)])
    figures, sums = _figures(rooms, monthly, real), rooms.sums
    seen = _visited(visit, needs, edges, threads)
    parts = [slice(int(a - edges[0]), int(b - edges[0])) for a, b in pairwise(edges)]
    return [
        Group(
            name, figures[at], monthly[:, at], needs[:, at].sum(axis=1), sums[at].sum(axis=0), one
        )
        for name, at, one in zip(names, parts, seen, strict=True)
    ]


def _weights(stock: Stock, parameters: EnergyParameters, real: NDArray[np.bool_]) -> Floats:
    """What part of the hours of `Rooms` is met as lived, of heat and of cold, (2, n) [1].

    Buildings of which less than half are cooled are simulated without cooling as lived; what those
    of them use that have it is a share of their need by standard use.
    """
    met = occupancy.shares(stock, parameters)
    cooled = np.where(met.cools, 1.0, met.cooled) * met.cooled_part
    return np.asarray(np.stack([met.heated, cooled]) * real)


def _by_month(needs: Floats, months: NDArray[np.int64]) -> Floats:
    """Heat and cold of each month that is met as lived, (n, 2, 12) [kWh]."""
    found = np.zeros((needs.shape[1], 2, 12))
    for month in range(12):
        found[:, :, month] = needs[:, :, months == month].sum(axis=2).T / KILO
    return found


def _figures(rooms: Rooms, monthly: Floats, real: NDArray[np.bool_]) -> Floats:
    """Figures of each building, see `Group`."""
    plain, met = monthly.sum(axis=3)
    heat_peak, cooling_peak, warm, residual = rooms.figures.T
    return np.column_stack([
        met[:, HEATING], plain[:, HEATING], met[:, COOLING], plain[:, COOLING],
        heat_peak * real, cooling_peak * real, warm, residual,
    ])  # fmt: skip


def _visited(
    visit: Visit | None, needs: Floats, edges: NDArray[np.int64], threads: int | None
) -> list[Any]:
    """What the visitor makes of each group."""
    if visit is None:
        return [None] * (len(edges) - 1)

    def one(number: int) -> Any:
        at = slice(int(edges[number]), int(edges[number + 1]))
        own = slice(at.start - int(edges[0]), at.stop - int(edges[0]))
        return visit(at, needs[HEATING, own], needs[COOLING, own])

    with ThreadPoolExecutor(threads or threads_available()) as pool:
        return list(pool.map(one, range(len(edges) - 1)))


def _gathered(
    stock: Stock,
    groups: list[NDArray[np.int64]],
    found: Mapping[int, Group],
    weather: Weather,
    model: str,
    computed: int,
) -> StockYear:
    """The year of a stock from the years of its groups, in their order."""
    ordered = [found[number] for number in range(len(groups))]
    order = np.concatenate(groups)
    back = np.argsort(order, kind="stable")
    figures = np.concatenate([one.figures for one in ordered])[back]
    monthly = np.concatenate([one.monthly for one in ordered], axis=1)[:, back]
    load = sum((one.load for one in ordered), np.zeros((2, len(weather.temperature))))
    frame = pd.DataFrame(figures, index=stock.buildings.index, columns=list(COLUMNS))
    curve = pd.DataFrame(
        {"heating": load[HEATING] / KILO, "cooling": load[COOLING] / KILO},
        index=pd.DatetimeIndex(weather.times, name="time"),
    )
    return StockYear(
        frame=frame,
        monthly=monthly[1],
        monthly_standard=monthly[0],
        load=curve,
        balance=_balance(np.sum([one.sums for one in ordered], axis=0), frame, curve),
        model=model,
        visited=tuple(one.visited for one in ordered if len(one.figures)),
        order=order,
        groups=dict(found),
        computed=computed,
    )


TOLD: Final = {
    "heating": "heat", "cooling": "cooling", "sunlight": "sunlight", "gains": "gains",
    "air": "exchange of air", "outside": "heat through surfaces", "stored": "stored heat",
}  # fmt: skip


def _balance(sums: Floats, frame: pd.DataFrame, load: pd.DataFrame) -> dict[str, float]:
    """Heat of all rooms as lived, before what part of it is met, and what does not close."""
    told = {f"rooms: {TOLD[name]} [kWh/a]": float(sums[at]) for at, name in enumerate(SOURCES)}
    met = float(frame["heat"].sum())
    apart = abs(float(load["heating"].sum()) - met) / max(met, 1.0)
    return {
        **told,
        "heat that is met as lived [kWh/a]": met,
        "largest residual of a building and year [1]": float(frame["residual"].max()) if len(frame) else 0.0,
        "residual of the load curve [1]": apart,
    }  # fmt: skip
