"""Annual energy of a building stock by the hourly model: rooms, systems, ledger rows, checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin.energy import (
    appliances,
    delivery,
    heat_areas,
    hourly,
    occupancy,
    room_hours,
    stock,
    stock_groups,
    supply,
    thermal,
)
from twin.energy.activity import activity_rows
from twin.energy.citations import CITATIONS, EN_16798, HOURLY
from twin.energy.limits import hourly_notes, hourly_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.energy.delivery import Delivery
    from twin.energy.hourly import Group, StockYear
    from twin.energy.parameters import EnergyParameters
    from twin.energy.room_memory import Memory
    from twin.energy.shading import Shading
    from twin.energy.stock import EnergyRun, Stock
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]

COLUMNS: Final = (
    *stock.COLUMNS, "heat_need_standard", "cooling_need", "heat_peak",
    "cooling_peak", "overheating_hours",
)  # fmt: skip
HEAT_ENDS: Final = ("space_heating", "hot_water")
ROOM_UNITS: Final = "room_units"


@dataclass(frozen=True)
class Modules:
    """The sun on the modules of buildings.

    Parameters
    ----------
    power : (rows, hours)
        Of modules that face some directions [W/kW].
    row : (n,) int64
        Row of each building of the stock.
    factor : (n,)
        What shade leaves [1].
    """

    power: Floats
    row: NDArray[np.int64]
    factor: Floats


@dataclass(frozen=True)
class HourlyRun:
    """What a stock used in a year of hours.

    Parameters
    ----------
    energy
        Frame, ledger rows, checks and sentences.
    year
        Rooms, with the load curve of the town.
    delivery
        What the buildings bought and sold; None without buildings.
    """

    energy: EnergyRun
    year: StockYear
    delivery: Delivery | None


@dataclass(frozen=True)
class Steps:
    """A year of hours in which buildings are worked out, made once for many runs.

    Parameters
    ----------
    weather
        Of `zones.weather`.
    hours
        Of `supply.hours`.
    lights
        Of `room_hours.sun_light`.
    key
        Digest of what purchases depend on beside the buildings.
    """

    weather: Weather
    hours: supply.Hours
    lights: tuple[Floats, Floats]
    key: str


def steps(weather: Weather, timezone: str, parameters: EnergyParameters) -> Steps:
    """A year of hours in a place.

    Parameters
    ----------
    weather
        Of `zones.weather`.
    timezone
        Name of the local time zone.
    parameters
        Tables of the energy model.
    """
    return Steps(
        weather,
        supply.hours(weather, timezone, parameters.country),
        room_hours.sun_light(weather, parameters),
        f"{timezone} {parameters.country}",
    )


def run(
    given: Stock,
    of: Steps,
    parameters: EnergyParameters,
    *,
    shading: Shading | None = None,
    modules: Modules | None = None,
    warm: Mapping[int, Group] | None = None,
    progress: Progress | None = None,
    memory: Memory | None = None,
) -> HourlyRun:
    """Annual energy of every building of a stock, as lived; standard use beside it.

    Parameters
    ----------
    given
        Of `stock.assemble`.
    of
        Of `steps`.
    parameters
        Tables of the energy model.
    shading
        Horizons of the buildings, in their order; None for one factor for all.
    modules
        Sun on the modules; None without.
    warm
        `StockYear.groups` of an earlier run.
    progress
        Called with the stage and the share done.
    memory
        Where rooms are kept and taken from.
    """

    def visitor(part: Stock) -> hourly.Visit:
        own = _modules_of(modules, given, part)
        houses = homes(part, of.hours, parameters, own)
        power = None if own is None else own.power

        def visit(rows: slice, heat: Floats, cold: Floats) -> Delivery:
            some = houses.part(rows.start, rows.stop)
            return delivery.year(heat, cold, some, of.hours, sun=power, threads=1)

        return visit

    year = hourly.run(
        given, of.weather, parameters, progress=progress, shading=shading, visitor=visitor,
        key=_key(of.key, modules), warm=warm, lights=of.lights, memory=memory,
    )  # fmt: skip
    bought = delivery.joined(year.visited) if year.visited else None
    notes = hourly_notes(of.weather.notes, shaded=shading is not None)
    return HourlyRun(_booked(given, year, bought, parameters, notes), year, bought)


def homes(
    part: Stock, steps: supply.Hours, parameters: EnergyParameters, modules: Modules | None
) -> supply.Homes:
    """Supply of the buildings of a stock, with cooling where some of them are cooled.

    Parameters
    ----------
    part
        Of `stock.assemble`.
    steps
        Of `supply.hours`.
    parameters
        Tables of the energy model.
    modules
        Sun on their modules.
    """
    houses, met = part.buildings, occupancy.shares(part, parameters)
    said = houses.get("cooling", pd.Series(None, index=houses.index, dtype="str"))
    some = np.where(met.cooled > 0.0, ROOM_UNITS, occupancy.NO_COOLING)
    more: dict[str, Any] = {"cooling": said.where(said.notna(), some)}
    if modules is not None and "pv" in houses:
        more["pv"] = houses["pv"] * modules.factor
    filled = stock.Stock(
        houses.assign(**more), part.construction, part.profile, part.walls, part.area
    )
    return supply.homes(
        filled, parameters, steps,
        water=appliances.hot_water(part.profile, part.area),
        power=appliances.electricity(part.profile, stock.counts(part)),
        sun=None if modules is None else modules.row,
    )  # fmt: skip


def _modules_of(modules: Modules | None, whole: Stock, part: Stock) -> Modules | None:
    """Modules of a part of the stock."""
    if modules is None:
        return None
    rows = whole.buildings.index.get_indexer(part.buildings.index)
    return Modules(modules.power, modules.row[rows], modules.factor[rows])


def _key(place: str, modules: Modules | None) -> str:
    """Digest of what purchases depend on beside the buildings."""
    if modules is None:
        return place
    parts = (modules.power, modules.row, modules.factor)
    return stock_groups.digest(
        [place.encode(), *(np.ascontiguousarray(part).tobytes() for part in parts)]
    )


def _booked(
    given: Stock,
    year: StockYear,
    bought: Delivery | None,
    parameters: EnergyParameters,
    notes: tuple[str, ...],
) -> EnergyRun:
    """Frame, ledger rows, checks and sentences."""
    houses, rooms = given.buildings, year.frame
    if bought is None:
        delivered: dict[str, pd.DataFrame] = {}
        power = appliances.electricity(given.profile, stock.counts(given))
    else:
        delivered, power = delivery.tables(bought)
        delivered = {end: table.reindex(houses.index) for end, table in delivered.items()}
        power = power.reindex(houses.index)
    share = heat_areas.shares(houses, parameters)
    known = pd.Series(share.to_numpy().sum(axis=1) > 0.0, index=houses.index)
    for end in HEAT_ENDS:
        if end in delivered:
            delivered[end] = delivered[end].where(known, 0.0)
    heat = sum(
        (delivered[end].sum(axis=1) for end in HEAT_ENDS if end in delivered),
        pd.Series(0.0, index=houses.index),
    )
    frame = _frame(given, rooms, heat.where(known), parameters)
    if bought is not None:
        frame = frame.join(delivery.frame(bought))
    activity = activity_rows(houses, delivered, power, parameters)
    return stock.EnergyRun(
        frame=frame,
        activity=activity,
        balance=_checks(year, bought, delivered, power, activity),
        limits=(*hourly_sentences(houses, known, parameters, notes), *delivery.LIMITS),
        substitutes=parameters.substitutes,
        citations=(*CITATIONS, *HOURLY, EN_16798, *delivery.CITATIONS),
    )


def _frame(
    given: Stock, rooms: pd.DataFrame, heat: pd.Series, parameters: EnergyParameters
) -> pd.DataFrame:
    """Result columns of the buildings; `heat` is what is delivered for it [kWh/a]."""
    water = appliances.hot_water(given.profile, given.area)
    need, standard = rooms["heat"] + water, rooms["heat_standard"] + water
    usual = appliances.electricity(given.profile, stock.counts(given)).sum(axis=1)
    houses = given.buildings
    area = houses["floor_area"].where(houses["floor_area"] > 0.0)
    return pd.DataFrame(
        {
            "heat_need": need,
            "heat_need_area": need / area,
            "heat_final": heat,
            "electricity": usual,
            "heat_need_spread": stock.spread(given, need, parameters),
            "heat_need_standard": standard,
            "cooling_need": rooms["cooling"],
            "heat_peak": rooms["heat_peak"],
            "cooling_peak": rooms["cooling_peak"],
            "overheating_hours": rooms["overheating_hours"],
        },
        index=houses.index,
        columns=list(COLUMNS),
    )


def _checks(
    year: StockYear,
    bought: Delivery | None,
    delivered: Mapping[str, pd.DataFrame],
    power: pd.DataFrame,
    activity: pd.DataFrame,
) -> dict[str, float]:
    """Conservation checks of the run: rooms, electricity, and purchases against ledger rows."""
    energy = math.fsum(
        [math.fsum(table.to_numpy().ravel()) for table in delivered.values()]
        + [math.fsum(power.to_numpy().ravel())]
    )
    booked = math.fsum(activity["activity"])
    by_supply = {} if bought is None else dict(delivery.balance(bought))
    return {
        **year.balance,
        **by_supply,
        "residual of the ledger rows [1]": abs(energy - booked) / max(energy, 1.0),
    }


def model_said(year: StockYear) -> str:
    """Which model gave the rooms, for the record."""
    return {thermal.ISO_52016: "hourly, EN ISO 52016-1", thermal.SIMPLE: "hourly, 5R1C"}[year.model]
