"""Energy of buildings: hour by hour where the City has hourly weather with sunlight, else by months."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers.climate import sun as sunlight
from twin.complete import site
from twin.domain import Domain, Outcome
from twin.energy import fitted, stock, stock_groups, stock_year, town_load, zones
from twin.energy.parameters import energy_parameters, in_place
from twin.energy.stock_year import Modules, Steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layers.schema import Progress
    from twin.city import City
    from twin.energy.delivery import Delivery
    from twin.energy.envelope import Facades
    from twin.energy.hourly import Group, StockYear
    from twin.energy.parameters import EnergyParameters
    from twin.energy.room_memory import Memory
    from twin.energy.shading import Shading
    from twin.energy.stock import EnergyRun, Stock

KILO: Final = 1000.0
BY_HOURS: Final = "hourly model (EN ISO 52016-1), as lived and by standard use"
BY_MONTHS: Final = "monthly method (EN ISO 13790), as the City has no hourly weather with sunlight"


@dataclass(frozen=True)
class Kept:
    """State from which the next run may start.

    Parameters
    ----------
    climate
        Digest of the hourly weather.
    steps
        What the model takes of it.
    shapes
        Digest of what walls depend on.
    walls
        Walls of all standing buildings.
    groups
        Years of groups of buildings.
    """

    climate: str
    steps: Steps
    shapes: str
    walls: Facades
    groups: Mapping[int, Group]


@dataclass(frozen=True)
class Houses:
    """What later domains take up.

    Parameters
    ----------
    stock
        The buildings that were simulated.
    year
        Their rooms, with the load curve of the town; None by months.
    delivery
        What they bought and sold; None by months.
    """

    stock: Stock
    year: StockYear | None
    delivery: Delivery | None


def hourly_known(city: City) -> bool:
    """Whether a City has hourly weather with sunlight."""
    return all(name in city.climate for name in sunlight.NEEDED)


def _missing(city: City) -> str:
    if not city.buildings["heated"].any():
        return "Energy of buildings is not computed: the area has no heated buildings."
    if city.weather.empty and not hourly_known(city):
        return "Energy of buildings is not computed: the City has no weather."
    return ""


def _run(
    city: City,
    warm: Any,
    progress: Progress,
    sun: Outcome | None = None,
    memory: Memory | None = None,
) -> Outcome:
    coldest = city.weather["temperature"].min()
    parameters = in_place(energy_parameters(city.country), float(coldest))
    if hourly_known(city):
        return _by_hours(city, warm, progress, sun, parameters, memory)
    _, latitude = site.centre(city.boundary, city.crs)
    progress("walls of buildings", 0.0)
    given = _assembled(city, parameters, None)
    found = stock.by_months(given, city.weather, latitude, parameters, progress)
    return _outcome(city, found, BY_MONTHS, Houses(given, None, None), None)


def _assembled(city: City, parameters: EnergyParameters, walls: Facades | None) -> Stock:
    """The stock as a fit to meters sees it, if there was one."""
    given = stock.assemble(city.buildings, parameters, walls)
    return fitted.adjusted(given, fitted.chosen(city.parameters), parameters)


def _by_hours(
    city: City,
    warm: Any,
    progress: Progress,
    sun: Outcome | None,
    parameters: EnergyParameters,
    memory: Memory | None,
) -> Outcome:
    """The year of hours, from what the last run left where nothing changed."""
    before = warm if isinstance(warm, Kept) else None
    digest = city.arrays["climate"].digest
    if before is not None and before.climate == digest:
        steps = before.steps
    else:
        steps = stock_year.steps(zones.weather(city.climate), city.timezone, parameters)
    progress("walls of buildings", 0.0)
    shapes = stock_groups.shapes(city.buildings)
    if before is not None and before.shapes == shapes:
        walls = before.walls
    else:
        walls = stock.facades(city.buildings, parameters)
    given = _assembled(city, parameters, walls)
    found = stock_year.run(
        given, steps, parameters,
        shading=_shading(sun, given),
        modules=_modules(sun, given),
        warm=None if before is None else before.groups,
        progress=progress,
        memory=memory,
    )  # fmt: skip
    kept = Kept(digest, steps, shapes, walls, found.year.groups)
    made = Houses(given, found.year, found.delivery)
    known = _outcome(city, found.energy, BY_HOURS, made, kept)
    return replace(known, tables=_load(found.delivery, steps, city.timezone))


def _load(bought: Delivery | None, steps: Steps, timezone: str) -> dict[str, pd.DataFrame]:
    """Load of the town in each hour."""
    if bought is None:
        return {}
    local = steps.weather.times.tz_localize("UTC").tz_convert(timezone).tz_localize(None)
    return {town_load.TABLE: town_load.hours(bought, local)}


def _shading(sun: Outcome | None, given: Stock) -> Shading | None:
    """Horizons of the buildings, from the domain before."""
    if sun is None or sun.made is None:
        return None
    found: Shading = sun.made.shading
    return found.of(given.buildings.index)


def _modules(sun: Outcome | None, given: Stock) -> Modules | None:
    """Sun on the modules of the buildings, from the domain before."""
    found = None if sun is None or sun.made is None else sun.made.photovoltaics
    if found is None or "pv" not in given.buildings:
        return None
    rows = found.index.get_indexer(given.buildings.index)
    power = np.asarray(found.yields.hourly, dtype=np.float64) * KILO
    return Modules(power, np.maximum(found.bin[rows], 0), found.factor[rows])


def _outcome(city: City, found: EnergyRun, method: str, made: Houses, kept: Kept | None) -> Outcome:
    doubt = city.parameters["value"].get("weather.irradiance")
    return Outcome(
        frames={"buildings": found.frame},
        activity=found.activity,
        certificate={"model": method},
        balance=found.balance,
        limits=(*found.limits, *([str(doubt)] if doubt else [])),
        substitutes=found.substitutes,
        citations=found.citations,
        incomplete=found.frame.index[found.frame["heat_final"].isna()],
        warm=kept,
        made=made,
    )


DOMAIN: Final = Domain(
    "energy",
    "Energy of buildings",
    ("buildings", "weather", "climate", "parameters"),
    _missing,
    _run,
    needs=("sun",),
)
"""The domain, which runs after the sun on buildings."""


def remembering(memory: Memory) -> Domain:
    """The domain for who simulates many states of one City: it works out no room twice.

    Parameters
    ----------
    memory
        Where rooms are kept and taken from; the outcome does not depend on it, bit for bit.
    """
    return replace(DOMAIN, run=partial(_run, memory=memory))
