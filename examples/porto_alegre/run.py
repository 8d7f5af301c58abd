"""Tell who reaches a hospital in Porto Alegre within 30 minutes by public transport.

Usage: python run.py DATA [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from twin import build, relief, store, transit

if TYPE_CHECKING:
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
    """Porto Alegre with its timetables and its terrain."""
    city = build.from_osm(data / "osm" / "poa.osm.pbf", name="Porto Alegre")
    city = transit.add(city, [data / "gtfs" / "poa_eptc.zip", data / "gtfs" / "poa_trensurb.zip"])
    return relief.add(city, elevation=[data / "dem" / "poa_elevation.tif"])


def hexagons_of(data: Path, city: City) -> gpd.GeoDataFrame:
    """Centres of the hexagons with the people who live there."""
    rows = pd.read_csv(data / "pop" / "poa_hexgrid.csv").set_index("id")
    points = gpd.points_from_xy(rows["lon"], rows["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(rows, geometry=points).to_crs(city.crs)


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
    run.frame.assign(people=hexagons["population"]).to_csv(out / "minutes.csv")
    steep = city.streets.loc[city.streets["grade"].abs() > STEEP, "length"].sum()
    print(*answer(hexagons["population"], run), sep="\n")
    print(
        f"{steep / city.streets['length'].sum():.0%} of the streets are steeper than {STEEP:.0%}."
    )
    print(*run.limits, sep="\n")
    return city, run


if __name__ == "__main__":
    data_folder, *out_folder = sys.argv[1:]
    main(Path(data_folder), Path(*out_folder or ["out"]))
