"""Small places for tests of noise: straight streets and block-shaped buildings on a plain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Polygon, box

from twin.mobility.noise_parameters import noise_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twin.mobility.noise_parameters import NoiseParameters

CRS = "EPSG:25832"
LEGAL = noise_parameters("DE")


def figures(**changed: float) -> NoiseParameters:
    """Parameters with some figures changed; a dot in a name is written as _."""
    named = {key.replace("_", "."): value for key, value in changed.items()}
    return replace(LEGAL, figures={**LEGAL.figures, **named})


def streets(lines: Iterable[Sequence[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Two-way asphalt streets along some lines."""
    shapes = [LineString(line) for line in lines]
    count = len(shapes)
    return gpd.GeoDataFrame(
        {
            "state": ["standing"] * count,
            "tunnel": [False] * count,
            "drive_forward": [True] * count,
            "drive_backward": [True] * count,
            "roundabout": [False] * count,
            "speed_kph": [50.0] * count,
            "length": [shape.length for shape in shapes],
            "surface": pd.Series(["asphalt"] * count, dtype="str", index=None).to_numpy(),
            "from_node": [2 * number for number in range(count)],
            "to_node": [2 * number + 1 for number in range(count)],
        },
        geometry=shapes,
        crs=CRS,
        index=pd.Index([f"s{number}" for number in range(count)], name="id"),
    )


def junctions(of: gpd.GeoDataFrame, control: dict[int, str] | None = None) -> gpd.GeoDataFrame:
    """Ends of the streets."""
    nodes = sorted({*of["from_node"], *of["to_node"]})
    kinds = [(control or {}).get(node) for node in nodes]
    return gpd.GeoDataFrame(
        {"control": pd.Series(kinds, dtype="str").to_numpy()}, index=pd.Index(nodes, name="node")
    )


def buildings(
    shapes: Iterable[tuple[float, float, float, float] | Polygon], height: float = 9.0
) -> gpd.GeoDataFrame:
    """Heated buildings with ten residents each."""
    footprints = [shape if isinstance(shape, Polygon) else box(*shape) for shape in shapes]
    count = len(footprints)
    return gpd.GeoDataFrame(
        {
            "state": ["standing"] * count,
            "inside": [True] * count,
            "heated": [True] * count,
            "height": [height] * count,
            "people": [10.0] * count,
        },
        geometry=footprints,
        crs=CRS,
        index=pd.Index([f"b{number}" for number in range(count)], name="id"),
    )


def land(areas: Iterable[tuple[Polygon, str, str]] = ()) -> gpd.GeoDataFrame:
    """Uses of the ground."""
    rows = list(areas)
    return gpd.GeoDataFrame(
        {"kind": [row[1] for row in rows], "value": [row[2] for row in rows]},
        geometry=[row[0] for row in rows],
        crs=CRS,
    )


def traffic(of: gpd.GeoDataFrame, light: float = 500.0, heavy: float = 25.0) -> pd.DataFrame:
    """The same traffic on every street at all hours, at 50 km/h."""
    columns: dict[str, float] = {}
    for part in ("day", "evening", "night"):
        columns |= {f"light_{part}": light, f"heavy_{part}": heavy, f"speed_{part}": 50.0}
    return pd.DataFrame(columns, index=of.index)
