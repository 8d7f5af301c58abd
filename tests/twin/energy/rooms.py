"""Rooms and weather for the tests of the hourly models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.energy import facade_sun
from twin.energy.surface_heat import KELVIN, STEFAN_BOLTZMANN
from twin.energy.thermal_zone import Panes, Schedule, Surface, Window, Zone
from twin.energy.zones import Weather

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
