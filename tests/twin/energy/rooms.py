"""Rooms and weather for the tests of the hourly models."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.energy import facade_sun
from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN
from twin.energy.thermal_zone import Panes, Schedule, Surface, Window, Zone
from twin.energy.zone_arrays import arrays
from twin.energy.zones import Weather, Zones

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIGHT = ((0.01, 0.14, 900.0, 530.0), (0.07, 0.04, 840.0, 12.0), (0.012, 0.16, 840.0, 950.0))
HEAVY = ((0.06, 0.04, 1400.0, 10.0), (0.2, 0.6, 1000.0, 1600.0))
CLEAR = Panes(2, 0.834, 0.075, 0.003, 1.0, 0.012, 0.84)


def climate(
    temperature: NDArray[np.float64],
    *,
    sky: float = 0.0,
    wind: float = 3.0,
    sun: float = 0.0,
    day: str = "2023-01-01",
) -> Weather:
    """Weather at 50 degrees north; the sky is `sky` K colder than the air, `sun` a share of a clear one."""
    hours = len(temperature)
    times = pd.date_range(day, periods=hours, freq="h")
    dark = np.zeros(hours)
    bare = facade_sun.sky(times, (50.0, 0.0, 0.0), (dark, dark, dark))
    height = np.maximum(bare.height.mean(axis=0), 0.0)
    dni, dhi = np.where(height > 0.0, 700.0 * sun, 0.0), 120.0 * sun * height
    lit = facade_sun.sky(times, (50.0, 0.0, 0.0), (dni, dhi, dni * height + dhi))
    return Weather(
        times=times,
        temperature=temperature,
        wind=np.full(hours, wind),
        sky=STEFAN_BOLTZMANN * (temperature + KELVIN - sky) ** 4,
        ground=np.full(hours, temperature.mean()),
        sun=lit,
        months=times.month.to_numpy().astype(np.int64) - 1,
        altitude=0.0,
    )


def box(layers: Any = LIGHT, **changes: Any) -> Zone:
    """A box of 8 m by 6 m by 2.7 m with a window of 12 m2 to the south."""
    facade = {0: 21.6, 90: 16.2, 180: 9.6, 270: 16.2}
    walls = tuple(Surface(f"{side}", area, 90.0, side, layers) for side, area in facade.items())
    flat = (
        Surface("roof", 48.0, 0.0, 0.0, layers),
        Surface("floor", 48.0, 180.0, 0.0, layers, outside="sheltered"),
    )
    given: dict[str, Any] = {
        "name": "box",
        "volume": 129.6,
        "floor_area": 48.0,
        "surfaces": walls + flat,
        "windows": (Window("south", 12.0, 90.0, 180.0, CLEAR),),
        "infiltration": 0.5,
        "schedule": Schedule(heating=(20.0,)),
    }
    return Zone(**(given | changes))


def year(day: str = "2023-01-01") -> Weather:
    """A whole year with cold winters, warm summers and sun."""
    hours = np.arange(8760)
    season = -np.cos(2.0 * np.pi * hours / 8760)
    daily = -np.cos(2.0 * np.pi * (hours % 24 - 3) / 24.0)
    return climate(9.0 + 11.0 * season + 4.0 * daily, sky=9.0, sun=0.7, day=day)


def lumped(zone: Zone) -> Zones:
    """One zone with all its walls in one element and all windows in another, each seen by its light."""
    walls = [part for part in zone.surfaces if part.tilt == 90.0]
    flat = tuple(part for part in zone.surfaces if part.tilt != 90.0)
    whole, pane = sum(part.area for part in walls), sum(part.area for part in zone.windows)
    merged = dc.replace(
        zone,
        surfaces=(dc.replace(walls[0], area=whole), *flat),
        windows=(dc.replace(zone.windows[0], area=pane),),
    )
    full, few = arrays([zone]), arrays([merged])
    everything: list[Any] = [*zone.surfaces, *zone.windows]
    groups: list[list[Any]] = [walls, *([part] for part in flat), [*zone.windows]]
    light = []
    for group in groups:
        total, row = sum(part.area for part in group), []
        for part in group:
            number = everything.index(part)
            of = range(full.sun_starts[number], full.sun_starts[number + 1])
            row += [(full.sun_plane[at], full.sun_weight[at] * part.area / total) for at in of]
        light.append(row)
    return dc.replace(
        few,
        planes=full.planes,
        glazings=full.glazings,
        sun_starts=np.concatenate([[0], np.cumsum([len(row) for row in light])]),
        sun_plane=np.array([plane for row in light for plane, _ in row]),
        sun_weight=np.array([weight for row in light for _, weight in row]),
    )


def repeated(of: Zones, count: int) -> Zones:
    """The same zones many times."""
    parts = len(of.sun_plane)
    shared = {"names", "starts", "sun_starts", "planes", "glazings", "profiles", "ramps", "around"}
    rows: dict[str, Any] = {
        key: np.tile(value, (count,) + (1,) * (value.ndim - 1))
        for key, value in vars(of).items()
        if key not in shared
    }
    starts = [of.sun_starts[1:] + number * parts for number in range(count)]
    return dc.replace(
        of,
        names=tuple(f"{number}" for number in range(count * len(of))),
        starts=np.concatenate([[0], *(of.starts[1:] + n * len(of.area) for n in range(count))]),
        sun_starts=np.concatenate([[0], *starts]),
        **rows,
    )
