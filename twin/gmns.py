"""The streets and zones of a City as tables of GMNS, for other traffic models.

General Modeling Network Specification, Zephyr Foundation and Volpe Center,
github.com/zephyr-data-specs/GMNS: node, link, zone, use_definition and config.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import tables
from twin import states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.city import City

USES: Final = {"auto": "drive", "bike": "bicycle", "walk": "walk"}
"""GMNS word of a use to the mode of our columns."""
CONTROLS: Final = {"traffic_signals": "signal", "stop": "stop", "give_way": "yield"}
METRES_PER_KM: Final = 1000.0


def network(city: City) -> dict[str, pd.DataFrame]:
    """Make the GMNS tables of a City.

    One directed link per street and direction that anybody may use; zones hang on their junction
    by connectors, as in `twin.mobility.network`. Removed streets stay out.

    Parameters
    ----------
    city
        Whose streets, junctions and zones.

    Returns
    -------
    dict
        Tables config, node, link, zone and use_definition. Lengths [km], speeds of cars on the
        empty road [km/h], capacities [veh/h per lane]; lanes are whole, a street of three lanes
        has one each way.
    """
    streets = city.streets[states.standing(city.streets)]
    ends = city.junctions.index
    streets = streets[streets["from_node"].isin(ends) & streets["to_node"].isin(ends)]
    links = pd.concat([_links(streets, forward=True), _links(streets, forward=False)])
    used = city.junctions[ends.isin(np.union1d(streets["from_node"], streets["to_node"]))]
    zones = city.zones
    driven = links.loc[links["lanes"] > 0, ["from_node_id", "to_node_id"]].to_numpy().ravel()
    hung = zones[zones["node"].astype("str").isin(driven)]
    return {
        "config": _config(city),
        "node": pd.concat([_junctions(used), _centroids(zones)], ignore_index=True),
        "link": pd.concat([links, _connectors(hung, city.junctions)], ignore_index=True),
        "zone": pd.DataFrame({"zone_id": zones.index, "boundary": zones.geometry.to_wkt()}),
        "use_definition": _uses(),
    }


def _config(city: City) -> pd.DataFrame:
    facts = {
        "dataset_name": city.name,
        "short_length": "m",
        "long_length": "km",
        "speed": "km/h",
        "crs": city.crs,
        "geometry_field_format": "WKT",
        "id_type": "string",
    }
    return pd.DataFrame([facts], dtype="str")


def _uses() -> pd.DataFrame:
    figures = tables.figures("gmns_uses", "twin.data")
    columns = ("persons_per_vehicle", "pce")
    rows = [{"use": use, **{name: figures[f"{use}.{name}"] for name in columns}} for use in USES]
    return pd.DataFrame(rows)


def _junctions(junctions: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "node_id": junctions.index.astype("str"),
        "x_coord": junctions.geometry.x.to_numpy(),
        "y_coord": junctions.geometry.y.to_numpy(),
        "node_type": "intersection",
        "ctrl_type": junctions["control"].map(CONTROLS).to_numpy(),
        "zone_id": None,
    })  # fmt: skip


def _centroids(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    middle = zones.geometry.representative_point()
    return pd.DataFrame({
        "node_id": zones.index,
        "x_coord": middle.x.to_numpy(),
        "y_coord": middle.y.to_numpy(),
        "node_type": "centroid",
        "ctrl_type": None,
        "zone_id": zones.index,
    })  # fmt: skip


def _links(streets: gpd.GeoDataFrame, *, forward: bool) -> pd.DataFrame:
    """Links of one direction, drawn in the direction of travel."""
    way = "forward" if forward else "backward"
    allowed = {use: streets[f"{mode}_{way}"] for use, mode in USES.items()}
    part = streets[np.any(list(allowed.values()), axis=0)]
    tail, head = part["from_node"].astype("str"), part["to_node"].astype("str")
    if not forward:
        tail, head = head, tail
    driven = part[f"drive_{way}"]
    both = part["drive_forward"] & part["drive_backward"]
    lanes = np.floor(part["lanes"] / np.where(both, 2.0, 1.0)).clip(lower=1.0).where(driven, 0.0)
    shapes = part.geometry if forward else part.geometry.reverse()
    return pd.DataFrame({
        "link_id": part.index + f" {way}",
        "name": part["name"],
        "from_node_id": tail,
        "to_node_id": head,
        "directed": "true",
        "dir_flag": 1,
        "length": part["length"] / METRES_PER_KM,
        "facility_type": part["highway"],
        "capacity": _capacity(part["highway"]).where(driven),
        "free_speed": _free_speed(part["speed_kph"].to_numpy()),
        "lanes": lanes.astype("int64"),
        "allowed_uses": _listed({use: flags.loc[part.index] for use, flags in allowed.items()}),
        "geometry": shapes.to_wkt(),
    })  # fmt: skip


def _listed(allowed: Mapping[str, pd.Series]) -> list[str]:
    flags = zip(*allowed.values(), strict=True)
    return [",".join(use for use, may in zip(allowed, row, strict=True) if may) for row in flags]


def _capacity(highway: pd.Series) -> pd.Series:
    """Capacity of a lane by class of street [veh/h]."""
    known = tables.figures("capacities")
    return highway.map(dict(known)).fillna(known["other"]).astype("float64")


def _free_speed(legal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed of cars on the empty road [km/h]; the rule of `twin.mobility.network`."""
    figures = tables.figures("mobility")
    return legal * np.where(legal < figures["urban.speed"], figures["urban.factor"], 1.0)


def _connectors(zones: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Links between zones and their junctions, as long as half the side of a cell."""
    spots = shapely.get_coordinates(zones.geometry.representative_point().to_numpy())
    feet = shapely.get_coordinates(junctions.geometry.loc[zones["node"]].to_numpy())
    node = zones["node"].astype("str")
    parts = []
    for way, tail, head, points in (
        ("out", zones.index, node, np.stack([spots, feet], axis=1)),
        ("in", node, zones.index, np.stack([feet, spots], axis=1)),
    ):
        parts.append(pd.DataFrame({
            "link_id": zones.index + f" {way}",
            "name": None,
            "from_node_id": tail,
            "to_node_id": head,
            "directed": "true",
            "dir_flag": 1,
            "length": 0.5 * np.sqrt(zones.geometry.area) / METRES_PER_KM,
            "facility_type": "connector",
            "capacity": np.nan,
            "free_speed": tables.figures("mobility")["connector.speed"],
            "lanes": 1,
            "allowed_uses": "auto",
            "geometry": gpd.GeoSeries(shapely.linestrings(points)).to_wkt().to_numpy(),
        }))  # fmt: skip
    return pd.concat(parts)
