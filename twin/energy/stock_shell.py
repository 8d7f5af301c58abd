"""Parts of every building of a stock as elements of the hourly model, five a building.

All walls are one element that light falls on from eight sides, and so are all windows; roof, floor
and the inner walls and ceilings are one each. So a building costs as much time as a box. Each part
has the heavy layer of its class of heat capacity, and insulation outside of it by its U-value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.energy import surface_heat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.stock import Stock
    from twin.energy.stock_tables import RoomTables

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

WALL, WINDOW, ROOF, FLOOR, INNER = range(5)
PARTS: Final = 5
OPAQUE: Final = {WALL: "wall", ROOF: "roof", FLOOR: "floor", INNER: "inner"}
KILO: Final = 1000.0
SECONDS: Final = 3600.0


@dataclass(frozen=True)
class Shell:
    """Parts of n buildings, in the order `WALL` ... `INNER`.

    Parameters
    ----------
    area : (n, `PARTS`)
        [m2], above 0.
    conductance : (n, `PARTS`, 4)
        Between the five nodes, from outside [W m-2 K-1].
    capacity : (n, `PARTS`, 5)
        Of the nodes [J m-2 K-1].
    active : (n, `PARTS`)
        Heat capacity that the simple model counts [J m-2 K-1].
    """

    area: Floats
    conductance: Floats
    capacity: Floats
    active: Floats


def shell(stock: Stock, tables: RoomTables) -> Shell:
    """Parts of the buildings of a stock.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    tables
        Layers and figures.
    """
    figure, area = tables.figures, areas(stock, tables)
    u_value = u_values(stock)
    conductance = np.empty((len(area), PARTS, 4))
    capacity, active = np.zeros((len(area), PARTS, 5)), np.zeros((len(area), PARTS))
    heavy = masses(stock, tables)
    depth = surface_heat.figures()["simple.depth"]
    for part, name in OPAQUE.items():
        thickness, conductivity, density, heat = (heavy[name][:, column] for column in range(4))
        mass = thickness * density * heat
        if part == INNER:
            total = thickness / conductivity
            resistance, held = total[:, None], mass[:, None]
        else:
            films = figure[f"film.{name}"]
            total = np.maximum(1.0 / u_value[:, part] - films, figure["resistance.least"])
            total = total + _green(stock, figure["roof.green_resistance"], part)
            resistance, held = _layered(total, thickness / conductivity, mass, part, tables)
        conductance[:, part], capacity[:, part] = nodes(resistance, held)
        active[:, part] = np.minimum(depth, thickness) * density * heat
    conductance[:, WINDOW] = 4.0 * _panes(u_value[:, WINDOW])[:, None]
    return Shell(area, conductance, capacity, active)


def _panes(u_value: Floats) -> Floats:
    """Conductance of windows between their surfaces [W m-2 K-1]."""
    figure = surface_heat.figures()
    core = 1.0 / u_value - figure["glass.outer_film"] - figure["glass.inner_film"]
    return np.asarray(1.0 / np.maximum(core, figure["glass.least_resistance"]))


def areas(stock: Stock, tables: RoomTables) -> Floats:
    """Area of each part of each building, (n, `PARTS`) [m2].

    Party walls count as inner walls: a heated neighbour is as warm.
    """
    made = stock.construction
    facade = stock.walls.exposed.sum(axis=1)
    windows = facade * made["window_share"].to_numpy()
    footprint = stock.buildings["footprint"].to_numpy()
    inner = tables.figures["inner.area"] * stock.area.to_numpy() + stock.walls.party
    found = np.column_stack([facade - windows, windows, footprint, footprint, inner])
    return np.asarray(np.maximum(found, tables.figures["area.least"]))


def u_values(stock: Stock) -> Floats:
    """Heat loss of walls with doors, windows, roof and floor, thermal bridges included.

    Returns
    -------
    (n, 4) [W m-2 K-1]
    """
    made = stock.construction
    opaque = 1.0 - made["window_share"]
    door = (made["door_share"] / opaque).to_numpy()
    wall = (1.0 - door) * made["u_wall"].to_numpy() + door * made["u_door"].to_numpy()
    rest = (made[name].to_numpy() for name in ("u_window", "u_roof", "u_floor"))
    bridges = made["delta_u_bridges"].to_numpy()[:, None]
    return np.asarray(np.column_stack([wall, *rest]) + bridges)


def masses(stock: Stock, tables: RoomTables) -> dict[str, Floats]:
    """Heavy layer of each part by the class of heat capacity nearest to that of the building.

    Returns
    -------
    dict of (n, 4)
        Part to thickness [m], conductivity [W m-1 K-1], density [kg m-3], heat [J kg-1 K-1].
    """
    classes = tables.mass["class_capacity"].groupby(level="mass").first()
    kilojoule = stock.profile["heat_capacity"].to_numpy() * SECONDS / KILO
    nearest = np.abs(kilojoule[:, None] - classes.to_numpy()[None, :]).argmin(axis=1)
    columns = ["thickness_m", "conductivity_w_mk", "density_kg_m3", "heat_j_kgk"]
    found = {}
    for part in OPAQUE.values():
        rows = tables.mass.xs(part, level="part").loc[classes.index, columns]
        found[part] = rows.to_numpy(np.float64)[nearest]
    return found


def _green(stock: Stock, resistance: float, part: int) -> Floats | float:
    """What a green roof adds to the resistance [m2 K W-1]."""
    if part != ROOF or "green_roof" not in stock.buildings:
        return 0.0
    return np.asarray(stock.buildings["green_roof"].to_numpy(np.float64) * resistance)


def _layered(
    total: Floats, heavy: Floats, mass: Floats, part: int, tables: RoomTables
) -> tuple[Floats, Floats]:
    """Resistance and heat capacity of soil, insulation and heavy layer, from outside."""
    inside = np.minimum(heavy, total)
    left, figure = total - inside, tables.figures
    most = figure["soil.resistance"] if part == FLOOR else 0.0
    soil = np.minimum(left, most)
    ground = figure["soil.capacity"] * soil / figure["soil.resistance"]
    nothing = np.zeros_like(total)
    return np.column_stack([soil, left - soil, inside]), np.column_stack([ground, nothing, mass])


def nodes(resistance: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """Five nodes of many elements at once; the rule of `surface_heat.nodes` without its slices.

    Parameters
    ----------
    resistance, capacity : (n, layers)
        Of layers from outside [m2 K W-1], [J m-2 K-1].

    Returns
    -------
    (n, 4), (n, 5)
        Conductance between nodes [W m-2 K-1]; heat capacity of nodes [J m-2 K-1].
    """
    total = resistance.sum(axis=1)
    ends = np.concatenate([np.zeros((len(total), 1)), np.cumsum(resistance, axis=1)], axis=1)
    ends = np.minimum(ends / total[:, None], 1.0)
    width = np.diff(ends, axis=1)
    share = np.divide(capacity, width, out=np.zeros_like(capacity), where=width > 0.0)
    places = surface_heat.NODE_PLACES
    found = np.empty((len(total), len(places)))
    for number in range(len(places)):
        found[:, number] = (np.diff(_tent(ends, number), axis=1) * share).sum(axis=1)
    return 1.0 / (total[:, None] * np.diff(places)), found


def _tent(at: Floats, number: int) -> Floats:
    """Integral from 0 of what a node takes, falling evenly to nothing at its neighbours."""
    places = surface_heat.NODE_PLACES
    found = np.zeros_like(at)
    here = places[number]
    if number > 0:
        before = places[number - 1]
        found += (np.clip(at, before, here) - before) ** 2 / (2.0 * (here - before))
    if number < len(places) - 1:
        after = places[number + 1]
        gap = after - here
        found += (gap**2 - (after - np.clip(at, here, after)) ** 2) / (2.0 * gap)
    return found
