"""A whole town by the hour: time, memory, balance, and a run again after one changed house.

Liechtenstein of 2021 with synthetic hours of weather; the large town is nine shifted copies of it,
made for scale alone. Sun and shade, heat and cold of all rooms as lived and by standard use, hot water, electricity.
CPU time is that of both cores together, halved for the time on two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.bench.frame import Row, at_most, data, measured
from twin import build, climate, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city import City
    from twin.domain import Domain

GIVEN = """
import numpy as np, pandas as pd
from tests.bench import _buildings_stock as bench
from twin import climate, houses, simulate, sun
from twin.energy import stock, stock_zones, zones
from twin.energy.parameters import energy_parameters
town = bench.town({path!r})
domains = (sun.DOMAIN, houses.DOMAIN)
bench.warmed(town, domains)
"""
RUN = "found = simulate.run(town, domains=domains)"
TOLD = """{
    "buildings": len(town.buildings), "worked_out": len(found.frames["buildings"].dropna(subset="heat_need")),
    "residual": max(abs(value) for name, value in found.record["balances"]["energy"].items() if "residual" in name),
    "whole": peak() * 1024 / 1e6,
    "energy": found.record["timings"]["energy"], "sun": found.record["timings"]["sun"],
    "per_area": found.frames["buildings"]["heat_need"].sum() / town.buildings["floor_area"].reindex(found.frames["buildings"].index).sum(),
}"""
AGAIN = """
found = simulate.run(town, domains=domains)
warm, changed = found.warm["energy"].outcome.warm, bench.changed(town, 7)
light = found.warm["sun"].outcome
"""
AGAIN_WORK = "later = houses.DOMAIN.run(changed, warm, lambda *_: None, sun=light)"
ARRAYS = """
parameters, year = energy_parameters(town.country), zones.weather(town.climate)
given = stock.assemble(town.buildings, parameters)
"""
ARRAYS_WORK = "made = stock_zones.zones_of(given, parameters, year, living='lived')"
FILE = ("osm", "liechtenstein-2021-05-05.osm.pbf")
NINE = ("osm", "SYNTHETIC-liechtenstein-3x3.osm.pbf")
GIGA = 1000.0
GIBI = 1.073741824
"""Gigabytes of a gibibyte [1]."""


def town(path: str) -> City:
    """The town of a file, with hours of weather."""
    return climate.made(build.from_osm(path))


def few(city: City, count: int) -> City:
    """A City with its first buildings."""
    return city.replace(buildings=city.buildings.iloc[:count])


def warmed(city: City, domains: Sequence[Domain]) -> None:
    """Compile all kernels."""
    simulate.run(few(city, 20), domains=domains)


def changed(city: City, number: int) -> City:
    """The City with better walls of one heated building."""
    houses = city.buildings
    name = houses.index[houses["heated"] & houses["inside"]][number]
    found = city.replace(
        buildings=houses.assign(u_wall=np.where(houses.index == name, 0.2, np.nan))
    )
    assert len(found.buildings)
    return found


def rows(quick: bool) -> list[Row]:
    """Figures of a town, and of one nine times as large."""
    if quick:
        return []
    path = str(data(*FILE))
    found = _whole(path, 120.0, 4.0 * GIBI)
    given = GIVEN.format(path=path)
    arrays = measured(given + ARRAYS, ARRAYS_WORK, '{"zones": len(made)}')
    again = measured(given + AGAIN, AGAIN_WORK, '{"computed": later.made.year.computed}')
    found += [
        at_most(f"{arrays['zones']:,.0f} zones as arrays", arrays["cpu"], "s", 2.0),
        at_most("energy of the town again after one changed house", again["cpu"], "s", 0.3),
        Row("houses worked out again", again["computed"], "1"),
    ]
    return found + _whole(str(data(*NINE)), 900.0, 8.0 * GIBI)


def _whole(path: str, seconds: float, memory: float) -> list[Row]:
    run = measured(GIVEN.format(path=path), RUN, TOLD)
    name = f"{run['buildings']:,.0f} buildings, year of hours twice"
    return [
        at_most(f"{name}: CPU time by two cores", run["cpu"] / 2.0, "s", seconds),
        at_most(f"{name}: memory of the process", run["whole"] / GIGA, "GB", memory),
        at_most(f"{name}: what does not close", run["residual"] * 1e6, "1e-6", 1.0),
        Row(f"{name}: of these heated", run["worked_out"], "1"),
        Row(f"{name}: mean heat need by gross floor area", run["per_area"], "kWh/m2/a"),
    ]
