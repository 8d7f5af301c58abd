"""Years of rooms by the hourly model: as lived and by standard use, from a memory where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.energy import facade_sun, occupancy, stock_zones, thermal
from twin.energy.occupancy import LIVED, STANDARD
from twin.energy.room_memory import UNKNOWN, Memory, Rooms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters
    from twin.energy.shading import Shading
    from twin.energy.stock import Stock
    from twin.energy.thermal import ThermalRun
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]

HEATING, COOLING = 0, 1
OWN: Final = ("heat_peak", "cooling_peak", "overheating_hours", "residual")
"""Of these, what rooms have of themselves, whatever part of their need is met."""

SOURCES: Final = ("heating", "cooling", "sunlight", "gains", "air", "outside", "stored")


@dataclass(frozen=True)
class Engine:
    """What works out rooms that are not known from before.

    Parameters
    ----------
    parameters, weather, model, threads
        As in `hourly.run`.
    lights
        Of `sun_light`.
    memory
        Where rooms are kept and taken from.
    shared
        Digest of weather, tables and model.
    """

    parameters: EnergyParameters
    weather: Weather
    model: str
    threads: int | None
    lights: tuple[Floats, Floats]
    memory: Memory
    shared: str

    def rooms(self, stock: Stock, digests: NDArray[np.uint64], shading: Shading | None) -> Rooms:
        """Rooms of the buildings of a stock, kept or worked out."""
        places = self.memory.places(self.shared, digests)
        new = np.flatnonzero(places[:, 0] == UNKNOWN)
        if len(new) == len(digests):
            found = self._simulated(stock, shading)
            self.memory.keep(digests, found)
            return found
        hours = len(self.weather.temperature)
        found = Rooms.empty(len(digests), len(OWN), len(SOURCES), hours)
        if len(new):
            part = stock.part(new)
            shade = None if shading is None else shading.of(part.buildings.index)
            fresh = self._simulated(part, shade)
            self.memory.keep(digests[new], fresh)
            found.put(new, fresh)
        old = np.flatnonzero(places[:, 0] != UNKNOWN)
        self.memory.fill(found, old, places[old])
        return found

    def _simulated(self, stock: Stock, shading: Shading | None) -> Rooms:
        count, hours = len(stock.buildings), len(self.weather.temperature)
        found = Rooms.empty(count, len(OWN), len(SOURCES), hours)
        if not count:
            return found
        plain, hours_of_plain = self._year(stock, STANDARD, shading)
        found.cold[:], found.monthly[:] = hours_of_plain[:, COOLING], plain.monthly
        del hours_of_plain
        lived, hours_of_lived = self._year(stock, LIVED, shading)
        cools = occupancy.shares(stock, self.parameters).cools
        found.heat[:] = hours_of_lived[:, HEATING]
        found.cold[cools] = hours_of_lived[cools, COOLING]
        found.sums[:] = lived.annual[list(SOURCES)]
        residual = np.maximum(plain.annual["residual"].abs(), lived.annual["residual"].abs())
        peaks = plain.annual[["heating_peak", "cooling_peak"]]
        found.figures[:] = np.column_stack([peaks, lived.annual["warm_hours"], residual])
        return found

    def _year(
        self, stock: Stock, living: str, shading: Shading | None
    ) -> tuple[ThermalRun, Floats]:
        zones = stock_zones.zones_of(
            stock, self.parameters, self.weather, living=living, shading=shading
        )
        found = thermal.simulate(
            zones, self.weather, model=self.model, hourly=True, threads=self.threads,
            sun=self.lights[0], diffuse=self.lights[1],
        )  # fmt: skip
        assert found.hourly is not None
        return found, found.hourly


def sun_light(weather: Weather, parameters: EnergyParameters) -> tuple[Floats, Floats]:
    """Light on the planes of all buildings, and that of it which is not the sun's own.

    See `facade_sun.table` and `facade_sun.diffuse_table`.
    """
    panes = (stock_zones.clear_glass(parameters.rooms.figures),)
    planes, sun = stock_zones.PLANES, weather.sun
    whole = facade_sun.table(planes, panes, sun, thermal.ALBEDO)
    return whole, facade_sun.diffuse_table(planes, panes, sun, thermal.ALBEDO)
