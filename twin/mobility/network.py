"""Road network of a city as arrays: streets become links, zones hang on by connectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.schema import RoadNetwork

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.parameters import MobilityParameters

METRES_PER_KM = 1000.0
MINUTES_PER_HOUR = 60.0
FORWARD, BACKWARD, CONNECTOR = "forward", "backward", "connector"


@dataclass(frozen=True)
class Roads:
    """Road network and where its links come from.

    Parameters
    ----------
    network
        Arrays for assignment; zones are nodes 0..zones-1 in the order of the zone table.
    links
        One row per link, index as ``network.link_ids``: street (id, or zone id of a connector) and
        direction (forward, backward or connector).
    unconnected
        Zones whose junction no car can use.
    loose
        Streets that cars may use but whose ends are not in the table of junctions; left out.
    """

    network: RoadNetwork
    links: pd.DataFrame
    unconnected: pd.Index
    loose: pd.Index


def build(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
) -> Roads:
    """Make the road network that cars are assigned to.

    Every standing street gives one link per direction in which cars may drive. Turn restrictions
    are not applied. Parallel streets stay separate.

    Parameters
    ----------
    streets, junctions, zones
        City tables.
    parameters
        Capacities, delay law, speeds.
    """
    whole = streets["from_node"].isin(junctions.index) & streets["to_node"].isin(junctions.index)
    tied = streets[whole]
    links = pd.concat([_one_way(tied, FORWARD), _one_way(tied, BACKWARD)])
    ends = np.concatenate([links["tail"], links["head"]])
    nodes = pd.Index(np.unique(ends)) if len(ends) else pd.Index([], dtype="int64")
    drive = _drive(links, nodes, len(zones), parameters)
    hang = _connectors(zones, nodes, parameters)
    table = pd.concat([drive, hang])
    unconnected = zones.index[~zones["node"].isin(nodes)]
    return Roads(
        _network(table, len(zones), len(zones) + len(nodes)),
        table[["street", "direction"]],
        unconnected,
        streets.index[driven(streets) & ~whole],
    )


def driven(streets: gpd.GeoDataFrame) -> pd.Series:
    """Whether cars may drive on a street, in any direction; a removed street carries nobody."""
    allowed = streets["drive_forward"] | streets["drive_backward"]
    return allowed & (streets["state"] != "removed")


def _one_way(streets: gpd.GeoDataFrame, direction: str) -> pd.DataFrame:
    """Links of one direction: id, street, direction, tail, head and what their delay needs."""
    part = streets[driven(streets) & streets[f"drive_{direction}"]]
    both = part["drive_forward"] & part["drive_backward"]
    tail, head = part["from_node"], part["to_node"]
    if direction == BACKWARD:
        tail, head = head, tail
    return pd.DataFrame({
        "street": part.index.astype("str"),
        "direction": direction,
        "tail": tail.to_numpy(),
        "head": head.to_numpy(),
        "highway": part["highway"].to_numpy(),
        "speed": part["speed_kph"].to_numpy(),
        "length": part["length"].to_numpy() / METRES_PER_KM,
        "lanes": (part["lanes"] / np.where(both, 2.0, 1.0)).clip(lower=1.0).to_numpy(),
    }, index=part.index.astype("str") + f" {direction}")  # fmt: skip


def free_speed(speed: NDArray[np.float64], parameters: MobilityParameters) -> NDArray[np.float64]:
    """Speed on an empty road (links,) [km/h]: the legal one, in towns less for junctions.

    Parameters
    ----------
    speed : (links,) [km/h]
        Legal speed.
    parameters
        ``urban_speed``, ``urban_factor`` (rule of MATSim's OSM reader).
    """
    return speed * np.where(speed < parameters.urban_speed, parameters.urban_factor, 1.0)


def _drive(
    links: pd.DataFrame, nodes: pd.Index, zones: int, parameters: MobilityParameters
) -> pd.DataFrame:
    speed = free_speed(links["speed"].to_numpy(), parameters)
    lane = links["highway"].map(parameters.lane_capacity)
    lane = lane.fillna(parameters.lane_capacity["other"])
    return pd.DataFrame({
        "street": links["street"],
        "direction": links["direction"],
        "tail": nodes.get_indexer(links["tail"]) + zones,
        "head": nodes.get_indexer(links["head"]) + zones,
        "capacity": lane.to_numpy(dtype=np.float64) * links["lanes"].to_numpy(),
        "length": links["length"],
        "time": links["length"] / speed * MINUTES_PER_HOUR,
        "alpha": parameters.delay_alpha,
        "power": parameters.delay_power,
    }, index=links.index)  # fmt: skip


def connector_time(zones: gpd.GeoDataFrame, parameters: MobilityParameters) -> NDArray[np.float64]:
    """Time from a trip's end to the junction of its zone (zones,) [min]: half the cell's side."""
    side = np.sqrt(zones.geometry.area.to_numpy()) / METRES_PER_KM
    return np.asarray(0.5 * side / parameters.connector_speed * MINUTES_PER_HOUR)


def _connectors(
    zones: gpd.GeoDataFrame, nodes: pd.Index, parameters: MobilityParameters
) -> pd.DataFrame:
    junction = nodes.get_indexer(zones["node"])
    there = junction >= 0
    zone, node = np.flatnonzero(there), junction[there] + len(zones)
    time = connector_time(zones, parameters)[there]
    parts = [
        pd.DataFrame({
            "street": zones.index[there].astype("str"),
            "direction": CONNECTOR,
            "tail": tail,
            "head": head,
            "capacity": np.inf,
            "length": 0.0,
            "time": time,
            "alpha": 0.0,
            "power": 0.0,
        }, index=zones.index[there].astype("str") + f" {name}")
        for name, tail, head in (("out", zone, node), ("in", node, zone))
    ]  # fmt: skip
    return pd.concat(parts)


def _network(table: pd.DataFrame, zones: int, nodes: int) -> RoadNetwork:
    def column(name: str) -> NDArray[np.float64]:
        return np.ascontiguousarray(table[name], dtype=np.float64)

    return RoadNetwork(
        link_from=np.ascontiguousarray(table["tail"], dtype=np.int64),
        link_to=np.ascontiguousarray(table["head"], dtype=np.int64),
        capacity=column("capacity"),
        length=column("length"),
        free_time=column("time"),
        alpha=column("alpha"),
        power=column("power"),
        fixed_cost=np.zeros(len(table)),
        zones=zones,
        nodes=nodes,
        first_through=zones,
        link_ids=table.index,
    )
