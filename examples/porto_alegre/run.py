"""Tell who reaches a hospital in Porto Alegre within 30 minutes by public transport.

Usage: python run.py DATA [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from layers import population
from twin import build, census, relief, store, transit

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city import City
    from twin.mobility.transit import TransitRun

DAY = "2019-05-14"
"""A Tuesday that both timetables cover."""

DEPARTURES = (14 * 3600, 15 * 3600)
"""People leave the door at any minute from 14:00 to 15:00 [s]."""

LIMIT = 30.0
"""Longest journey [min]."""

LARGE = 3
"""Health care facilities of a hexagon that is taken for a hospital [1]."""

STEEP = 0.08
"""Slope of a steep street [1]."""


def city_of(data: Path) -> City:
    """Porto Alegre with its timetables, its terrain and its people."""
    city = build.from_osm(data / "osm" / "poa.osm.pbf", name="Porto Alegre")
    city = transit.add(city, [data / "gtfs" / "poa_eptc.zip", data / "gtfs" / "poa_trensurb.zip"])
    city = relief.add(city, elevation=[data / "dem" / "poa_elevation.tif"])
    counted = census.read(city, data / "pop" / "poa_hexgrid.csv")
    print(*counted.lines, sep="\n")
    return counted.city


def hexagons_of(data: Path, city: City) -> gpd.GeoDataFrame:
    """Centres of the hexagons with the people who live there and the health care they have."""
    file = data / "pop" / "poa_hexgrid.csv"
    hexagons = population.read(file).frame.to_crs(city.crs)
    return hexagons.join(pd.read_csv(file).set_index("id")["healthcare"])


def answer(people: pd.Series, run: TransitRun) -> list[str]:
    """Shares of the people, by how they travel and how well they choose the minute."""
    total = people.sum()
    words = {
        "walk": "on foot all the way",
        "slowest": "at whatever minute they leave",
        "median": "at every second minute that they may leave, or more",
        "fastest": "if they leave at the best minute",
    }
    begin = f"{total:,.0f} people live in {len(people):,} hexagons."
    lines = [f"{begin} Within {LIMIT:g} minutes of a hospital live:"]
    for column, text in words.items():
        reached = people[run.frame[column].notna()].sum()
        lines.append(f"{reached:>9,.0f}  {reached / total:>6.1%}  {text}")
    return lines


def main(data: Path, out: Path) -> tuple[City, TransitRun]:
    """Build the twin, answer the question, keep the twin and the minutes of every hexagon."""
    out.mkdir(parents=True, exist_ok=True)
    city = city_of(data)
    store.save(city, out / "porto-alegre.twin")
    hexagons = hexagons_of(data, city)
    hospitals = hexagons.geometry[hexagons["healthcare"] >= LARGE]
    run = transit.reach(
        city, hexagons.geometry, hospitals, day=DAY, departures=DEPARTURES, limit=LIMIT
    )
    run.frame.assign(people=hexagons["people"]).to_csv(out / "minutes.csv")
    steep = city.streets.loc[city.streets["grade"].abs() > STEEP, "length"].sum()
    print(*answer(hexagons["people"], run), sep="\n")
    print(
        f"{steep / city.streets['length'].sum():.0%} of the streets are steeper than {STEEP:.0%}."
    )
    print(*run.limits, sep="\n")
    return city, run


if __name__ == "__main__":
    data_folder, *out_folder = sys.argv[1:]
    main(Path(data_folder), Path(*out_folder or ["out"]))
