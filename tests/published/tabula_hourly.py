"""Why the hourly model needs another amount of heat than the monthly method, step by step.

Run: python -m tests.published.tabula_hourly [COUNTRY]
The TABULA archetypes of a country as free-standing houses in its climate, by standard use.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.table import Table
from shapely import box

from layers import tables, weather
from tests.twin import cities
from twin.energy import hourly, stock, surface_heat, zones
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np

    from layers.weather import MonthlyWeather
    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

PLACES = {"DE": "Potsdam", "DK": "Copenhagen", "CZ": "Prague"}
SHAPES = {"house": (10.0, 10.0, 6.0, 2.0), "apartments": (30.0, 12.0, 12.0, 4.0)}
"""Use to length, width, height [m] and storeys."""

STEPS = (
    "monthly method, part of the rooms heated (TABULA)",
    "all rooms heated",
    "hour by hour, dark walls, sky as warm as air",
    "a sky colder than the air",
    "sun on walls and roofs",
)


def houses(parameters: EnergyParameters) -> gpd.GeoDataFrame:
    """A house and a block of each period and state, far from each other."""
    rows = [
        (use, year, state)
        for use in SHAPES
        for year in sorted(parameters.archetypes["year_from"].clip(lower=1900).unique())
        for state in ("existing", "usual", "advanced")
    ]
    shapes = [SHAPES[use] for use, _, _ in rows]
    return cities.frame(
        "buildings",
        [f"w{number}" for number in range(len(rows))],
        geometry=[
            box(100.0 * n, 0.0, 100.0 * n + length, width)
            for n, (length, width, _, _) in enumerate(shapes)
        ],
        footprint=[length * width for length, width, _, _ in shapes],
        floor_area=[length * width * storeys for length, width, _, storeys in shapes],
        height=[shape[2] for shape in shapes],
        levels=[shape[3] for shape in shapes],
        use=[use for use, _, _ in rows],
        year=[float(year) for _, year, _ in rows],
        renovation=[state for _, _, state in rows],
        heated=True,
        heating="natural_gas",
        dwellings=1.0,
        people=2.0,
    )


def steps(country: str = "DE") -> pd.DataFrame:
    """Heat need by step [kWh/m2/a], one row a building."""
    parameters = energy_parameters(country)
    near = _near(PLACES[country])
    given = stock.assemble(houses(parameters), parameters)
    area = given.area.to_numpy()
    all_rooms = replace(given, profile=given.profile.assign(partial_low=1.0, partial_high=1.0))
    by_months = [
        stock.heat_balance(one, near.frame, near.latitude, parameters).need.sum(axis=1)
        for one in (given, all_rooms)
    ]
    year = zones.weather(weather.hourly(near, 1.0).dataset)
    kelvin = year.temperature + surface_heat.KELVIN
    warm_sky = replace(year, sky=surface_heat.STEFAN_BOLTZMANN * kelvin**4)
    dark = {**parameters.rooms.figures, "wall.absorptance": 0.0, "roof.absorptance": 0.0}
    shadow = replace(parameters, rooms=replace(parameters.rooms, figures=dark))
    by_hours = [
        _heat(given, sky, of)
        for sky, of in ((warm_sky, shadow), (year, shadow), (year, parameters))
    ]
    return pd.DataFrame(
        dict(zip(STEPS, (need / area for need in (*by_months, *by_hours)), strict=True)),
        index=pd.MultiIndex.from_frame(given.buildings[["use", "year", "renovation"]]),
    )


def _near(place: str) -> MonthlyWeather:
    row = tables.load("climate_monthly").query("place == @place").iloc[0]
    return weather.nearest(row["latitude"], row["longitude"])


def _heat(given: Stock, year: Weather, parameters: EnergyParameters) -> np.ndarray:
    found: np.ndarray = hourly.run(given, year, parameters).frame["heat_standard"].to_numpy()
    return found


def printed(found: pd.DataFrame) -> Table:
    """Medians of the buildings, and what each step adds."""
    table = Table(title="Heat need of archetypes, median [kWh/m2/a]")
    for name in ("step", "need", "by the step before"):
        table.add_column(name, justify="left" if name == "step" else "right")
    before = None
    for name in found:
        change = "" if before is None else f"{(found[name] / found[before]).median() - 1.0:+.1%}"
        table.add_row(str(name), f"{found[name].median():.0f}", change)
        before = name
    whole = (found[STEPS[-1]] / found[STEPS[0]]).median() - 1.0
    table.add_row("hourly model by the monthly method", "", f"{whole:+.1%}")
    return table


if __name__ == "__main__":
    Console(width=100).print(printed(steps(*sys.argv[1:2])))
