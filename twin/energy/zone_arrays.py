"""Described zones as arrays: the door between one audited building and the hourly models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.errors import InputError
from twin.energy import glazing as glass
from twin.energy import surface_heat, thermal_faults
from twin.energy.facade_sun import Plane
from twin.energy.thermal_zone import Panes, Values
from twin.energy.zones import GROUND, NEIGHBOUR, OFF, ROUGH, SHELTERED, SMOOTH, Zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.energy.glazing import Glazing
    from twin.energy.thermal_zone import Schedule, Surface, Window, Zone

    Floats = NDArray[np.float64]

OUTSIDE: Final = {"air": ROUGH, "sheltered": SHELTERED, "ground": GROUND, "neighbour": NEIGHBOUR}
"""What a surface may border on."""

HORIZONTAL: Final = 30.0
"""Tilt from the horizontal up to which a surface counts as roof or floor [deg] (EN ISO 6946)."""

WALL, CEILING, FLOOR = "wall", "ceiling", "floor"


@dataclass(frozen=True)
class _Element:
    """One row of the arrays of elements; see `zones.Zones`."""

    area: float
    conductance: Floats
    capacity: Floats
    convection: float
    boundary: int
    glass: bool
    long_wave: tuple[float, float]
    slope: float
    film: float
    active: float
    sun: list[tuple[int, float]]


def arrays(described: Sequence[Zone]) -> Zones:
    """Turn described zones into arrays.

    Raises
    ------
    InputError
        If any of them cannot be; all faults of all zones at once.
    """
    faults = [fault for zone in described for fault in thermal_faults.of_zone(zone)]
    if not described or faults:
        found = faults or [thermal_faults.NOTHING]
        raise InputError.of("zones", found)
    return _Builder(described).built()


class _Builder:
    """Collects the arrays of zones, with planes, glazings and profiles shared."""

    def __init__(self, described: Sequence[Zone]) -> None:
        self.described = described
        self.figure = surface_heat.figures()
        self.planes: dict[Plane, int] = {}
        self.glazings: dict[Panes | Values, int] = {}
        self.panes: list[Glazing] = []
        self.profiles: list[tuple[Floats, Floats]] = []
        self.period = max(_longest(zone.schedule) for zone in described)

    def built(self) -> Zones:
        """All zones as arrays."""
        rows = [row for zone in self.described for row in self._elements(zone)]
        counts = [len(zone.surfaces) + len(zone.windows) for zone in self.described]
        schedule = np.array([self._schedule(zone.schedule) for zone in self.described])
        profiles, ramps = (np.array(part) for part in zip(*self.profiles, strict=True))
        air = [self._air(zone) for zone in self.described]

        def stacked(key: str) -> Floats:
            return np.array([getattr(row, key) for row in rows], dtype=np.float64)

        return Zones(
            names=tuple(zone.name for zone in self.described),
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            area=stacked("area"),
            conductance=stacked("conductance"),
            capacity=stacked("capacity"),
            inside=np.column_stack([stacked("convection"), self._radiation()]),
            boundary=stacked("boundary").astype(np.int64),
            glass=stacked("glass").astype(np.bool_),
            long_wave=stacked("long_wave"),
            slope=stacked("slope"),
            film=stacked("film"),
            absorbs=np.concatenate([light_shares(zone, self) for zone in self.described]),
            active=stacked("active"),
            sun_starts=np.concatenate([[0], np.cumsum([len(row.sun) for row in rows])]),
            sun_plane=np.array([part[0] for row in rows for part in row.sun], dtype=np.int64),
            sun_weight=np.array([part[1] for row in rows for part in row.sun]),
            planes=tuple(self.planes),
            glazings=tuple(self.panes),
            air_capacity=np.array([row[0] for row in air]),
            infiltration=np.array([row[1] for row in air]),
            ventilation=np.array([row[2] for row in air]),
            gains=np.array([[z.gains_convective, z.gains_radiative] for z in self.described]),
            schedule=schedule,
            profiles=profiles,
            ramps=ramps,
            floor_area=np.array([zone.floor_area for zone in self.described]),
        )

    def _elements(self, zone: Zone) -> Iterable[_Element]:
        yield from (self._surface(surface) for surface in zone.surfaces)
        yield from (self._window(window) for window in zone.windows)

    def _surface(self, surface: Surface) -> _Element:
        boundary = OUTSIDE[surface.outside]
        layers = list(surface.layers)
        film = -1.0
        if boundary == GROUND:
            film = self._ground(surface)
            layers = [self._soil(), *layers]
        if boundary == NEIGHBOUR:
            film = 0.0
        conductance, capacity = surface_heat.nodes(layers)
        shines = boundary == ROUGH
        radiates = surface.emissivity_outside if shines or boundary == SHELTERED else 0.0
        weight = surface.absorptance_outside * surface.sunlit
        plane = self._plane(Plane(surface.tilt, surface.azimuth)) if shines else -1
        return _Element(
            area=surface.area,
            conductance=conductance,
            capacity=capacity,
            convection=self._convection(surface.tilt),
            boundary=boundary,
            glass=False,
            long_wave=_long_wave(radiates, surface.tilt),
            slope=0.0,
            film=film,
            active=surface_heat.active_capacity(surface.layers, self.figure["simple.depth"]),
            sun=[(plane, weight)] if shines else [],
        )

    def _ground(self, surface: Surface) -> float:
        """Conductance of the virtual layer below a floor on the ground [W m-2 K-1]."""
        perimeter = surface.perimeter or 4.0 * float(np.sqrt(surface.area))
        resistance = sum(layer[0] / layer[1] for layer in surface.layers)
        return surface_heat.ground_film(surface.area, perimeter, resistance, self.figure)

    def _soil(self) -> tuple[float, float, float, float]:
        """The soil that belongs to a floor on the ground."""
        names = ("layer", "conductivity", "heat_capacity", "density")
        thickness, conductivity, heat, density = (self.figure[f"ground.{name}"] for name in names)
        return thickness, conductivity, heat, density

    def _window(self, window: Window) -> _Element:
        number = self._glazing(window.glass)
        pane = self.panes[number]
        plane = self._plane(Plane(window.tilt, window.azimuth, number, window.shade))
        return _Element(
            area=window.area,
            conductance=np.full(4, 4.0 * pane.conductance),
            capacity=np.zeros(5),
            convection=self._convection(window.tilt),
            boundary=SMOOTH,
            glass=True,
            long_wave=_long_wave(pane.emissivity, window.tilt),
            slope=pane.slope,
            film=-1.0,
            active=0.0,
            sun=[(plane, window.sunlit)],
        )

    def _convection(self, tilt: float) -> float:
        """Coefficient to the air of the room by the usual direction of the heat [W m-2 K-1]."""
        way = {WALL: "level", CEILING: "up"}.get(facing(tilt), "down")
        return self.figure[f"inside.{way}"]

    def _radiation(self) -> Floats:
        """Coefficients to the mean radiant temperature of all elements [W m-2 K-1]."""
        kelvin = self.figure["inside.temperature"] + surface_heat.KELVIN
        black = 4.0 * surface_heat.STEFAN_BOLTZMANN * kelvin**3
        found = []
        for zone in self.described:
            area = np.array([s.area for s in zone.surfaces] + [w.area for w in zone.windows])
            solid = [surface.emissivity_inside for surface in zone.surfaces]
            panes = [self.panes[self.glazings[window.glass]].emissivity for window in zone.windows]
            found.append(surface_heat.room_radiation(area, np.array(solid + panes), black))
        return np.concatenate(found)

    def _plane(self, plane: Plane) -> int:
        return self.planes.setdefault(plane, len(self.planes))

    def _glazing(self, given: Panes | Values) -> int:
        if given not in self.glazings:
            self.glazings[given] = len(self.panes)
            self.panes.append(made(given, self.figure))
        return self.glazings[given]

    def _air(self, zone: Zone) -> tuple[float, float, float]:
        """Heat capacity of the air [J/K]; infiltration and ventilation [W/K]."""
        heat = self.figure["air.heat_capacity"]
        here = surface_heat.air_density(zone.altitude, self.figure) * heat
        sea = self.figure["air.density"] * heat
        leak = zone.infiltration * here
        if zone.infiltration_sea_level is not None:
            leak = zone.infiltration_sea_level * sea
        flow = zone.ventilation * here
        if zone.ventilation_sea_level is not None:
            flow = zone.ventilation_sea_level * sea
        return zone.volume * here, leak * zone.volume / 3600.0, flow / 3600.0

    def _schedule(self, of: Schedule) -> list[int]:
        heating, cooling = _set_points(of.heating, -OFF), _set_points(of.cooling, OFF)
        rows = (heating, cooling, of.ventilation, of.gains, of.infiltration)
        return [
            self._profile(np.asarray(row, dtype=np.float64), of.ramp if number == 0 else ())
            for number, row in enumerate(rows)
        ]

    def _profile(self, values: Floats, ramp: Sequence[int]) -> int:
        """Number of a profile, new or found among those before."""
        before = values.copy()
        rising = np.array(ramp, dtype=np.int64)
        before[rising] = values[rising - 1]
        row = np.resize(values, self.period), np.resize(before, self.period)
        for number, known in enumerate(self.profiles):
            if np.array_equal(known[0], row[0]) and np.array_equal(known[1], row[1]):
                return number
        self.profiles.append(row)
        return len(self.profiles) - 1


def facing(tilt: float) -> str:
    """How a surface faces the room: a roof is a ceiling inside."""
    if tilt < HORIZONTAL:
        return CEILING
    return FLOOR if tilt > 180.0 - HORIZONTAL else WALL


def made(given: Panes | Values, figures: Mapping[str, float]) -> Glazing:
    """Glazing from its description."""
    if isinstance(given, Values):
        return glass.of_values(given.u_value, given.g_value, given.emissivity, figures)
    return glass.of_panes(
        given.count, given.transmittance, given.reflectance,
        given.thickness / given.conductivity, given.gap, given.emissivity, figures,
    )  # fmt: skip


def light_shares(zone: Zone, builder: _Builder) -> Floats:
    """Share of the light in a room that each of its elements absorbs at last.

    It meets the floor first; what that throws back goes evenly to all surfaces, again and again;
    windows let most of it out.
    """
    floors = np.array([facing(s.tilt) == FLOOR for s in zone.surfaces], dtype=bool)
    area = np.array([s.area for s in zone.surfaces] + [w.area for w in zone.windows])
    absorbed = np.array([surface.absorptance_inside for surface in zone.surfaces])
    kept, out = [], []
    for window in zone.windows:
        through, outer, inner = builder.panes[builder.glazings[window.glass]].diffuse
        kept.append(outer + inner)
        out.append(through + outer + inner)
    keeps = np.concatenate([absorbed, kept])
    takes = np.concatenate([absorbed, out])
    first = np.concatenate([floors, np.zeros(len(zone.windows), dtype=bool)]) * area
    if first.sum() == 0.0:
        first = area
    first = first / first.sum()
    # After the first surface: even light, of which a share leaves at every bounce.
    thrown = 1.0 - (first * takes).sum()
    even = area / area.sum()
    leaving = (even * takes).sum()
    later = thrown * even / leaving if leaving > 0.0 else np.zeros(len(area))
    return np.asarray(first * keeps + later * keeps)


def _long_wave(emissivity: float, tilt: float) -> tuple[float, float]:
    return emissivity, emissivity * surface_heat.sky_share(tilt)


def _set_points(given: Sequence[float | None] | None, off: float) -> list[float]:
    if given is None:
        return [off]
    return [off if value is None else float(value) for value in given]


def _longest(of: Schedule) -> int:
    rows = (of.heating or (0,), of.cooling or (0,), of.ventilation, of.gains, of.infiltration)
    return max(len(row) for row in rows)
