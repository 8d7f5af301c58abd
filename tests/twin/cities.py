"""A small hand-made City: every figure in it can be checked by head.

A grid of three by two blocks, each 100 m wide, near Albertslund. Junction ``rc`` stands in row r
(1 south .. 3 north) and column c (1 west .. 4 east); streets ``w10r`` run east, ``w20c`` run north.
Hovedgaden (row 2) is a 50 km/h road with two lanes, w203 is one-way northwards, w204 is a path
without cars, everything else is a 30 km/h street. Each block holds two buildings, 25 m from its
western and eastern street, halfway up.

    31 ---- 32 ---- 33 ---- 34
     |  7  8 |  9 10 |  11 12 :      w101 Sydgade, w102 Hovedgaden, w103 Nordgade
    21 ==== 22 ==== 23 ==== 24      w201, w202: streets; w203: one-way north; w204: path
     |  1  2 |  3  4 |  5  6  :
    11 ---- 12 ---- 13 ---- 14
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from twin.city import City, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapely import Polygon

CRS = "EPSG:25832"
WEST, SOUTH = 711_500.0, 6_173_500.0
BLOCK = 100.0

HOUSE, LARGE, SCHOOL = (10.0, 10.0), (20.0, 20.0), (40.0, 20.0)

# id: footprint (m, m), use, OSM building, levels, year, dwellings, people, jobs, heating
BUILDINGS: Mapping[str, tuple[tuple[float, float], str, str, int, int, int, int, int, str]] = {
    "w1001": (HOUSE, "house", "house", 1, 1965, 1, 2, 0, "natural_gas"),
    "w1002": (HOUSE, "house", "house", 1, 1965, 1, 2, 0, "natural_gas"),
    "w1003": (HOUSE, "terrace", "terrace", 2, 1975, 1, 3, 0, "district_heating"),
    "w1004": (HOUSE, "terrace", "terrace", 2, 1975, 1, 3, 0, "district_heating"),
    "w1005": (LARGE, "apartments", "apartments", 4, 1972, 16, 32, 0, "district_heating"),
    "w1006": (SCHOOL, "school", "school", 2, 1970, 0, 0, 40, "district_heating"),
    "w1007": (LARGE, "shop", "retail", 1, 1990, 0, 0, 10, "natural_gas"),
    "w1008": (LARGE, "office", "office", 3, 2005, 0, 0, 40, "district_heating"),
    "w1009": (LARGE, "apartments", "apartments", 4, 1955, 16, 32, 0, "mix"),
    "w1010": (HOUSE, "garage", "garage", 1, 1990, 0, 0, 0, "mix"),
    "w1011": (HOUSE, "house", "detached", 2, 2015, 1, 4, 0, "heat_pump"),
    "w1012": (HOUSE, "house", "detached", 1, 1930, 1, 2, 0, "heating_oil"),
}
STOREY = 3.0


def place(x: float, y: float) -> Point:
    """Point so many metres east and north of junction 11."""
    return Point(WEST + x, SOUTH + y)


def frame(of: str, index: Iterable[Any], /, **columns: Any) -> gpd.GeoDataFrame:
    """A table of the City that satisfies its contract: what is not given is empty or usual."""
    table = schema(of)
    ids = pd.Index(list(index), dtype=table.index.dtype, name=table.index.name)
    usual: dict[str, Any] = {"inside": True, "state": "standing"}
    data = {}
    for column in table.columns:
        fallback = usual.get(column.name, _fallback(column.name, column.dtype, column.nullable))
        values = columns.get(column.name, fallback)
        dtype = "object" if column.dtype == "geometry" else column.dtype
        data[column.name] = pd.Series(values, index=ids, dtype=dtype)
    plain = pd.DataFrame(data, index=ids)
    if not table.geometric:
        return table.validate(plain)
    return table.validate(gpd.GeoDataFrame(plain, geometry="geometry", crs=CRS))


def _fallback(name: str, dtype: str, nullable: bool) -> Any:
    if name.endswith("_source"):
        return "osm"
    if name.endswith("_spread"):
        return 0.0
    if nullable:
        return np.nan if dtype == "float64" else None
    return {"str": "", "bool": False, "int64": 0, "float64": 0.0}.get(dtype)


def _junctions() -> gpd.GeoDataFrame:
    nodes = [10 * row + column for row in (1, 2, 3) for column in (1, 2, 3, 4)]
    corner = {11, 14, 31, 34}
    inner = {22, 23}
    count = [2 if node in corner else 4 if node in inner else 3 for node in nodes]
    control = ["traffic_signals" if node == 22 else None for node in nodes]
    points = [_junction(node) for node in nodes]
    return frame("junctions", nodes, geometry=points, street_count=count, control=control)


def _junction(node: int) -> Point:
    row, column = divmod(node, 10)
    return place(BLOCK * (column - 1), BLOCK * (row - 1))


def _streets() -> gpd.GeoDataFrame:
    along = [(100 + row, 10 * row + c, 10 * row + c + 1) for row in (1, 2, 3) for c in (1, 2, 3)]
    up = [(200 + c, 10 * row + c, 10 * row + c + 10) for c in (1, 2, 3, 4) for row in (1, 2)]
    way, start, end = (np.array([row[part] for row in along + up]) for part in range(3))
    main, path, one_way = way == 102, way == 204, way == 203
    names = {101: "Sydgade", 102: "Hovedgaden", 103: "Nordgade", 201: "Vestvej", 202: "Midtvej",
             203: "Ensrettet", 204: "Parkstien"}  # fmt: skip
    return frame(
        "streets",
        [f"w{w}:{a}-{b}" for w, a, b in zip(way, start, end, strict=True)],
        geometry=[
            LineString([_junction(a), _junction(b)]) for a, b in zip(start, end, strict=True)
        ],
        way_id=way,
        from_node=start,
        to_node=end,
        highway=np.where(main, "tertiary", np.where(path, "cycleway", "residential")),
        name=[names[w] for w in way],
        speed_kph=np.where(main, 50.0, np.where(path, 20.0, 30.0)),
        lanes=np.where(main, 2.0, np.where(path | one_way, 1.0, 2.0)),
        drive_forward=~path,
        drive_backward=~(path | one_way),
        bicycle_forward=True,
        bicycle_backward=~one_way,
        walk_forward=True,
        walk_backward=True,
        length=BLOCK,
    )


def _buildings() -> gpd.GeoDataFrame:
    size, use, tag, levels, year, dwellings, people, jobs, heating = (
        list(column) for column in zip(*BUILDINGS.values(), strict=True)
    )
    footprint = np.array([width * depth for width, depth in size])
    storeys = np.array(levels, dtype=float)
    return frame(
        "buildings",
        list(BUILDINGS),
        geometry=[_block(number, side) for number, side in enumerate(size)],
        building=tag,
        footprint=footprint,
        heated=[kind != "garage" for kind in use],
        use=use,
        year=year,
        year_source="typology",
        year_spread=10.0,
        height=STOREY * storeys,
        height_source="calculated",
        height_spread=1.0,
        levels=storeys,
        floor_area=footprint * storeys,
        floor_area_source="calculated",
        floor_area_spread=0.1 * footprint * storeys,
        dwellings=dwellings,
        dwellings_source="calculated",
        people=people,
        people_source="calculated",
        jobs=jobs,
        jobs_source="calculated",
        renovation="existing",
        renovation_source="default",
        renovation_spread=0.3,
        heating=heating,
        heating_source=["default" if kind == "mix" else "register" for kind in heating],
        street=["Hovedgaden"] * 12,
        housenumber=[str(number) for number in range(1, 13)],
        zone=[f"z{_column(number)}_0" for number in range(12)],
    )


def _column(number: int) -> int:
    return number % 6 // 2


def _block(number: int, side: tuple[float, float]) -> Polygon:
    middle = place(BLOCK * _column(number) + (75 if number % 2 else 25), BLOCK * (number // 6) + 50)
    width, depth = side
    return box(
        middle.x - width / 2, middle.y - depth / 2, middle.x + width / 2, middle.y + depth / 2
    )


def _zones(buildings: pd.DataFrame) -> gpd.GeoDataFrame:
    sums = buildings.groupby("zone")[["people", "jobs"]].sum()
    cells = [box(*place(x, 0).coords[0], *place(x + BLOCK, 2 * BLOCK).coords[0])
             for x in (0, 100, 200)]  # fmt: skip
    return frame("zones", sums.index, geometry=cells, node=[21, 22, 24], people=sums["people"],
                 jobs=sums["jobs"])  # fmt: skip


def _places() -> gpd.GeoDataFrame:
    rows = [
        ("n1", 25, 150, "shop", "supermarket", "groceries"),
        ("n2", 275, 50, "amenity", "school", "school"),
        ("n3", 100, 0, "amenity", "kindergarten", "kindergarten"),
        ("n4", 75, 150, "amenity", "doctors", "doctor"),
        ("n5", 25, 150, "amenity", "pharmacy", "pharmacy"),
        ("n6", 300, 200, "leisure", "park", "park"),
        ("n7", 0, 200, "amenity", "restaurant", None),
    ]
    ids, x, y, key, value, need = (list(column) for column in zip(*rows, strict=True))
    return frame("places", ids, geometry=[place(*at) for at in zip(x, y, strict=True)], key=key,
                 value=value, need=need, name=[f"Sted {one}" for one in ids])  # fmt: skip


def _weather() -> gpd.GeoDataFrame:
    temperature = [0.0, 0.0, 3.0, 7.0, 12.0, 16.0, 18.0, 17.0, 14.0, 9.0, 5.0, 2.0]
    ghi = [15.0, 30.0, 75.0, 120.0, 160.0, 170.0, 165.0, 135.0, 85.0, 45.0, 18.0, 10.0]
    return frame("weather", range(1, 13), temperature=temperature, ghi=ghi,
                 dhi=[0.5 * value for value in ghi], wind=[4.0] * 12)  # fmt: skip


def _sources() -> gpd.GeoDataFrame:
    return frame(
        "sources",
        ["osm", "weather"],
        what=["streets, buildings and places", "monthly weather"],
        origin=["tiny.osm", "climate_monthly.csv"],
        reference_date=["2024-01-01", "2019"],
        licence=["ODbL-1.0", "CC-BY-4.0"],
        attribution=["© OpenStreetMap contributors, ODbL 1.0", "Weather: made up for tests"],
        digest=["0" * 64, "1" * 64],
        rows_in=[62, 12],
        rows_kept=[60, 12],
        rows_refused=[2, 0],
    )


def _frames() -> dict[str, pd.DataFrame]:
    buildings = _buildings()
    return {
        "streets": _streets(),
        "junctions": _junctions(),
        "turns": frame("turns", ["r1"], kind=["no_left_turn"], from_street=["w102:21-22"],
                       via_node=[22], to_street=["w202:22-32"]),
        "buildings": buildings,
        "addresses": frame("addresses", ["n901", "w1002"],
                           geometry=[place(25, 50), place(75, 50)], street=["Sydgade"] * 2,
                           housenumber=["1", "3"], building_id=["w1001", "w1002"]),
        "places": _places(),
        "land": frame("land", ["w301"], geometry=[box(*place(300, 150).coords[0],
                      *place(320, 220).coords[0])], kind=["green"], value=["park"]),
        "lamps": frame("lamps", ["n801", "n802"], geometry=[place(50, 100), place(150, 100)],
                       height=[6.0, 10.0], lamp_type=["led", "hps"], power=[35.0, 170.0],
                       height_source=["osm", "default"], height_spread=[0.3, np.nan]),
        "stops": frame("stops", ["n811", "n812"], geometry=[place(100, 100), place(300, 100)],
                       name=["Torvet", "Stien"], mode=["bus", "bus"]),
        "trees": frame("trees", ["n821"], geometry=[place(310, 180)], height=[8.0]),
        "power": frame("power", ["w401"], geometry=[LineString([place(0, 210), place(300, 210)])],
                       kind=["line"], voltage=[10_000.0]),
        "boundaries": frame("boundaries", ["r2"], geometry=[_boundary()], name=["Lilleby"],
                            admin_level=[7.0], country=["DK"], population=[80.0]),
        "zones": _zones(buildings),
        "weather": _weather(),
        "sources": _sources(),
        "drops": frame("drops", [0], table=["streets"], reason=["misses its nodes"], count=[2],
                       examples=["w998, w999"]),
        "parameters": frame("parameters", ["zone_size"], value=["100"], unit=["m"],
                            source=["default"]),
    }  # fmt: skip


def _boundary() -> Polygon:
    return box(WEST - 20, SOUTH - 20, WEST + 320, SOUTH + 220)


@cache
def tiny() -> City:
    """Lilleby: 12 buildings (7,400 m2), 80 people, 90 jobs, 17 streets of 100 m."""
    return City.of(
        _frames(),
        name="Lilleby",
        crs=CRS,
        year=2024,
        country="DK",
        timezone="Europe/Copenhagen",
        boundary=_boundary(),
        model_area=_boundary().buffer(100, join_style="mitre"),
    )
