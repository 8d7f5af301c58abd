"""Every building of a stock as a zone of the hourly model, all arrays at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.energy import glazing, occupancy, stock_around, stock_shell, surface_heat
from twin.energy.facade_sun import Plane
from twin.energy.stock_shell import FLOOR, INNER, PARTS, ROOF, WALL, WINDOW
from twin.energy.zones import NEIGHBOUR, ROUGH, SHELTERED, SMOOTH, Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.energy.glazing import Glazing
    from twin.energy.parameters import EnergyParameters
    from twin.energy.shading import Shading
    from twin.energy.stock import Stock
    from twin.energy.stock_shell import Shell
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

SECTORS: Final = 8
UPRIGHT: Final = 90.0
SECONDS: Final = 3600.0
TINY: Final = 1.0
"""Floor area that stands for none, whose results count as nothing [m2]."""

PLANES: Final = (
    *(Plane(UPRIGHT, 45.0 * sector) for sector in range(SECTORS)),
    *(Plane(UPRIGHT, 45.0 * sector, 0) for sector in range(SECTORS)),
    Plane(0.0, 0.0),
)
"""What light falls on: walls and windows by the sectors of `envelope.Facades`, roofs."""

LIT: Final = {WALL: range(SECTORS), WINDOW: range(SECTORS, 2 * SECTORS), ROOF: (2 * SECTORS,)}
BORDERS: Final = (ROUGH, SMOOTH, ROUGH, SHELTERED, NEIGHBOUR)
"""What is outside each part. Floors have the temperature of the air outside beyond their soil, as
the U-values of the archetypes hold what cellar and soil keep back."""


def zones_of(
    stock: Stock,
    parameters: EnergyParameters,
    weather: Weather,
    *,
    living: str,
    shading: Shading | None = None,
) -> Zones:
    """Every building of a stock as a zone.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    parameters
        Tables of the energy model.
    weather
        Where and when: altitude, and the hour of the week at which it begins.
    living
        `occupancy.STANDARD` or `occupancy.LIVED`.
    shading
        Horizons of these buildings, in their order; None for one factor for all.
    """
    tables, count = parameters.rooms, len(stock.buildings)
    parts, use = (
        stock_shell.shell(stock, tables),
        occupancy.occupancy(stock, parameters, living, weather.begins),
    )
    pane = clear_glass(tables.figures)
    planes, weights = _light(stock, parameters, shaded=shading is not None)
    counts = np.array([len(LIT.get(part, ())) for part in range(PARTS)])
    air, leak, flow = _air(stock, parameters, weather.altitude)
    radiant = tables.figures["gains.radiative"]
    outer, inner = _surfaces(tables.figures, parts)
    return Zones(
        names=tuple(stock.buildings.index.astype(str)),
        starts=np.arange(count + 1, dtype=np.int64) * PARTS,
        area=parts.area.ravel(),
        conductance=parts.conductance.reshape(-1, 4),
        capacity=parts.capacity.reshape(-1, 5),
        inside=inner.reshape(-1, 2),
        boundary=np.tile(np.array(BORDERS, dtype=np.int64), count),
        glass=np.tile(np.arange(PARTS) == WINDOW, count),
        long_wave=np.tile(outer, (count, 1)),
        slope=np.zeros(count * PARTS),
        film=np.tile(_films(tables.figures), count),
        absorbs=_absorbs(tables.figures, parts, stock, float(pane.diffuse[0])).ravel(),
        active=parts.active.ravel(),
        sun_starts=np.concatenate([[0], np.cumsum(np.tile(counts, count))]).astype(np.int64),
        sun_plane=np.tile(planes, count),
        sun_weight=weights.ravel(),
        planes=PLANES,
        glazings=(pane,),
        air_capacity=air,
        infiltration=leak,
        ventilation=flow,
        gains=use.gains[:, None] * np.array([[1.0 - radiant, radiant]]),
        schedule=use.schedule,
        profiles=use.profiles,
        ramps=use.profiles,
        floor_area=np.maximum(stock.area.to_numpy(), TINY),
        around=stock_around.around(stock, parameters, weather, living=living, shading=shading),
    )


def clear_glass(figure: Mapping[str, float]) -> Glazing:
    """Glass that lets all light in that falls on it straight; weights hold the g-values."""
    return glazing.of_values(1.0, 1.0, figure["glass.emissivity"], surface_heat.figures())


def _light(stock: Stock, parameters: EnergyParameters, *, shaded: bool) -> tuple[Whole, Floats]:
    """Planes of the parts of light of a building, and the weight of each for each building."""
    figure, made = parameters.rooms.figures, stock.construction
    exposed = stock.walls.exposed
    facade = exposed.sum(axis=1, keepdims=True)
    share = np.divide(exposed, facade, out=np.zeros_like(exposed), where=facade > 0.0)
    facades, roofs = ("facade.rest", "roof.rest") if shaded else ("facade.sunlit", "roof.sunlit")
    sunlit = figure[facades]
    frame = parameters.constants["window.frame_share"]
    glass = made["g_window"].to_numpy()[:, None] * (1.0 - frame) * sunlit
    taken = np.full((len(exposed), 1), figure["roof.absorptance"])
    if "green_roof" in stock.buildings:
        green = stock.buildings["green_roof"].to_numpy(bool)[:, None]
        taken = np.where(green, figure["roof.green_absorptance"], taken)
    walls = share * figure["wall.absorptance"] * sunlit
    weights = np.concatenate([walls, share * glass, taken * figure[roofs]], axis=1)
    planes = np.concatenate([np.array(LIT[part]) for part in (WALL, WINDOW, ROOF)])
    return planes.astype(np.int64), weights


def _air(
    stock: Stock, parameters: EnergyParameters, altitude: float
) -> tuple[Floats, Floats, Floats]:
    """Heat capacity of the air [J/K]; infiltration and mean ventilation [W/K]."""
    figure = surface_heat.figures()
    heat = surface_heat.air_density(altitude, figure) * figure["air.heat_capacity"]
    area = np.maximum(stock.area.to_numpy(), TINY)
    volume = area * parameters.constants["room.height"]
    profile = stock.profile
    change = (profile["air_change"] * (1.0 - profile["heat_recovery"])).to_numpy()
    leak = stock.construction["infiltration"].to_numpy()
    by_hour = heat * volume / SECONDS
    return heat * volume, leak * by_hour, change * by_hour


def _surfaces(figure: Mapping[str, float], parts: Shell) -> tuple[Floats, Floats]:
    """Emissivity outside and by sky of each part; coefficients inside of each part and building."""
    outer = np.zeros((PARTS, 2))
    tilts = {WALL: UPRIGHT, WINDOW: UPRIGHT, ROOF: 0.0}
    for part, tilt in tilts.items():
        own = figure["glass.emissivity"] if part == WINDOW else figure["emissivity"]
        outer[part] = own, own * surface_heat.sky_share(tilt)
    thermal = surface_heat.figures()
    ways = {ROOF: "up", FLOOR: "down"}
    convection = np.array([thermal[f"inside.{ways.get(p, 'level')}"] for p in range(PARTS)])
    kelvin = thermal["inside.temperature"] + surface_heat.KELVIN
    black = 4.0 * surface_heat.STEFAN_BOLTZMANN * kelvin**3
    skin = np.full(PARTS, figure["emissivity"])
    skin[WINDOW] = figure["glass.emissivity"]
    radiation = surface_heat.room_radiation(parts.area, skin, black)
    return outer, np.stack([np.broadcast_to(convection, radiation.shape), radiation], axis=2)


def _films(figure: Mapping[str, float]) -> Floats:
    """Constant coefficients outside [W m-2 K-1]; -1 for those of the hour."""
    found = np.full(PARTS, -1.0)
    found[FLOOR], found[INNER] = 1.0 / figure["film.outside"], 0.0
    return found


def _absorbs(figure: Mapping[str, float], parts: Shell, stock: Stock, clear: float) -> Floats:
    """Share of the light in a room that each part takes, (n, `PARTS`); see `zone_arrays`.

    It meets the floor first; the rest goes evenly to all parts, and windows let it out.
    """
    keeps = np.full(parts.area.shape, figure["inside.absorptance"])
    takes = keeps.copy()
    keeps[:, WINDOW] = 0.0
    takes[:, WINDOW] = stock.construction["g_window"].to_numpy() * clear
    even = parts.area / parts.area.sum(axis=1, keepdims=True)
    thrown = 1.0 - takes[:, FLOOR : FLOOR + 1]
    leaving = (even * takes).sum(axis=1, keepdims=True)
    found = thrown * even / leaving * keeps
    found[:, FLOOR] += keeps[:, FLOOR]
    return np.asarray(found)
