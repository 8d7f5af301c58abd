"""What lies around every building of a stock: horizon, blinds, opened windows, limits of comfort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy import constructions, occupancy, overrides, surface_heat, surroundings
from twin.energy.occupancy import LIVED
from twin.energy.surroundings import NEVER, OPEN, SECTORS, Surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters
    from twin.energy.shading import Shading
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

FACES: Final = np.array([*range(8), *range(8), 8], dtype=np.int64)
"""Face of `shading.Shading` of each part of light of a building: walls, windows, roof."""

FACE_COUNT: Final = 9
SECONDS: Final = 3600.0


def around(
    stock: Stock,
    parameters: EnergyParameters,
    weather: Weather,
    *,
    living: str,
    shading: Shading | None,
) -> Surroundings:
    """Surroundings of the zones of a stock, see `stock_zones.zones_of`.

    Homes as lived have the blinds and the open windows of the country's table; by standard use
    there are only those that are known of a building.

    Parameters
    ----------
    stock, parameters, weather, living
        As in `stock_zones.zones_of`.
    shading
        Of these buildings, in their order; None if it is not known.
    """
    figure = parameters.rooms.figures
    count, hours = len(stock.buildings), len(weather.temperature)
    running = surroundings.running_mean(weather.temperature, figure["comfort.weight"])
    row, horizon, seen = _horizons(shading, count)
    kind, limits = _comfort(stock, parameters, weather, running)
    opens = np.array([[figure["airing.from"], figure["airing.night"]]])
    return Surroundings(
        row=row,
        horizon=horizon,
        seen=seen,
        shut=_blinds(stock, parameters, living),
        flow=_open_windows(stock, parameters, weather.altitude, living),
        opens=np.repeat(opens, count, axis=0),
        cooler=overrides.given(stock.buildings, "microclimate").fillna(0.0).to_numpy(),
        kind=kind,
        limits=limits,
        season=surroundings.season(running, figure),
        dark=surroundings.nights(weather.begins, hours),
        bright=figure["blinds.light"],
    )


def _horizons(shading: Shading | None, count: int) -> tuple[Whole, NDArray[np.float32], Floats]:
    """Row of each part of light, horizons, and share of the own sky that is seen."""
    if shading is None:
        row = np.full(count * len(FACES), OPEN, dtype=np.int64)
        return row, np.zeros((0, SECTORS), dtype=np.float32), np.zeros(0)
    row = (np.arange(count, dtype=np.int64)[:, None] * FACE_COUNT + FACES).ravel()
    horizon = np.ascontiguousarray(shading.horizon, dtype=np.float32).reshape(-1, SECTORS)
    return row, horizon, np.asarray(shading.sky_view, dtype=np.float64).ravel()


def _blinds(stock: Stock, parameters: EnergyParameters, living: str) -> Floats:
    """Light that blinds of each building let through when they are down [1]."""
    known = overrides.given(stock.buildings, "blinds").to_numpy()
    homely = occupancy.homes(stock, parameters) & (living == LIVED)
    usual = np.where(homely, parameters.rooms.living["blinds"], 1.0)
    return np.where(np.isnan(known), usual, known)


def _open_windows(
    stock: Stock, parameters: EnergyParameters, altitude: float, living: str
) -> Floats:
    """Air through opened windows of each building by day and by night, (n, 2) [W/K]."""
    usual = parameters.rooms.living
    homely = (occupancy.homes(stock, parameters) & (living == LIVED)).astype(np.float64)
    by_night = overrides.given(stock.buildings, "night_cooling").to_numpy()
    night = np.where(np.isnan(by_night), homely * usual["night_airing"], by_night)
    thermal = surface_heat.figures()
    heat = surface_heat.air_density(altitude, thermal) * thermal["air.heat_capacity"]
    volume = stock.area.to_numpy() * parameters.constants["room.height"]
    change = np.column_stack([homely * usual["airing"], night])
    return np.asarray(change * (heat * volume / SECONDS)[:, None])


def _comfort(
    stock: Stock, parameters: EnergyParameters, weather: Weather, running: Floats
) -> tuple[Whole, Floats]:
    """Row of each building, and limits by schedule: adaptive, or fixed where rooms are cooled.

    Hours in which nobody is there have none.
    """
    tables, figure = parameters.rooms, parameters.rooms.figures
    use = constructions.known_use(stock.buildings["use"], parameters)
    kind, kinds = pd.factorize(tables.rooms["schedule"].reindex(use), sort=True)
    free = surroundings.adaptive_limit(running, figure)
    fixed = np.full_like(free, figure["comfort.cooled"])
    rows = []
    for name in kinds:
        presence = np.roll(tables.schedules[name, "presence"], -weather.begins)
        there = np.resize(presence, len(free)) >= figure["use.served"]
        rows += [np.where(there, limit, NEVER) for limit in (free, fixed)]
    cools = occupancy.shares(stock, parameters).cools
    limits = np.array(rows).reshape(-1, len(free))
    return (2 * kind + cools).astype(np.int64), limits
