"""Walking time from every building to the nearest place of each daily need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import connected_components, dijkstra

from twin.mobility.network import METRES_PER_KM, MINUTES_PER_HOUR
from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.parameters import MobilityParameters

TRANSIT = "transit"
"""The need that the table of stops serves."""

CITATIONS: Final = (
    "Dijkstra 1959, A note on two problems in connexion with graphs, Numerische Mathematik 1.",
    (
        "Finnis, Walton 2008, Field observations to determine the influence of population size, "
        "location and individual factors on pedestrian walking speeds, Ergonomics 51(6), 827-842."
    ),
)


@dataclass(frozen=True)
class AccessRun:
    """Walking times of a city.

    Parameters
    ----------
    frame
        Index: ids of standing buildings. Columns walk_<need> [min], missing where no way leads to
        any such place, and needs_met [1], missing where no street is near.
    counts
        Plain numbers: buildings, buildings without a street nearby, places off the network,
        streets left out as scraps, and by need the places and the buildings that reach none.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    """

    frame: pd.DataFrame
    counts: dict[str, int]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


@dataclass(frozen=True)
class _Walks:
    """Walking network: segments with their ends numbered, and which way they may be walked."""

    lines: NDArray[np.object_]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length: NDArray[np.float64]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    nodes: int
    scraps: int


@dataclass(frozen=True)
class _Spots:
    """Points tied to the nearest segment: segment (-1 if none), metres along it, metres to it."""

    segment: NDArray[np.int64]
    along: NDArray[np.float64]
    leg: NDArray[np.float64]


def run(
    buildings: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    *,
    stops: gpd.GeoDataFrame | None = None,
) -> AccessRun:
    """Work out how long people walk from each building to what they need every day.

    A building is tied to the nearest point of the nearest walkable street, and so is a place; the
    way between runs along streets, in the directions in which they may be walked.

    Parameters
    ----------
    buildings, places, streets, junctions
        City tables. Streets whose ends are no junctions are left out.
    parameters
        Needs, walking speed, limits.
    stops
        City table; without it the need transit is not computed.
    """
    walks = _walks(streets, junctions, parameters.walk_fragment)
    standing = buildings[buildings["state"] != "removed"]
    homes = _tie(walks, standing.geometry.representative_point(), parameters.walk_leg)
    needs = [need for need in parameters.needs if need != TRANSIT or stops is not None]
    spots = {need: _tie(walks, _of_need(need, places, stops), parameters.walk_leg)
             for need in needs}  # fmt: skip
    metres = _metres(walks, homes, list(spots.values()))
    minutes = metres / METRES_PER_KM / parameters.walk_speed * MINUTES_PER_HOUR
    frame = pd.DataFrame(minutes, index=standing.index, columns=[f"walk_{need}" for need in needs])
    met = (minutes <= parameters.walk_limit).sum(axis=1).astype(np.float64)
    frame["needs_met"] = np.where(homes.segment >= 0, met, np.nan)
    counts = _counts(frame, walks, homes, spots)
    return AccessRun(frame, counts, tuple(_limits(counts, spots, stops, parameters)), CITATIONS)


def _walks(streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame, fragment: float) -> _Walks:
    """Walkable standing streets, without the scraps that hang together with nothing."""
    use = (streets["walk_forward"] | streets["walk_backward"]) & (streets["state"] != "removed")
    use &= streets["from_node"].isin(junctions.index) & streets["to_node"].isin(junctions.index)
    table = streets[use]
    nodes, ends = np.unique(table[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    tail, head = ends.reshape(-1, 2).T.astype(np.int64)
    length = table["length"].to_numpy(dtype=np.float64)
    kept = _large(tail, head, length, len(nodes), fragment)
    return _Walks(
        table.geometry.to_numpy()[kept],
        np.ascontiguousarray(tail[kept]),
        np.ascontiguousarray(head[kept]),
        length[kept],
        table["walk_forward"].to_numpy()[kept],
        table["walk_backward"].to_numpy()[kept],
        len(nodes),
        int((~kept).sum()),
    )


def _large(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    nodes: int,
    fragment: float,
) -> NDArray[np.bool_]:
    """Segments of connected pieces that are long enough in total."""
    if not nodes:
        return np.zeros(0, np.bool_)
    _, label = connected_components(cheapest(tail, head, np.ones(len(tail)), nodes),
                                    directed=False)  # fmt: skip
    total = np.bincount(label[tail], weights=length)
    return np.asarray(total[label[tail]] >= fragment)


def _of_need(need: str, places: gpd.GeoDataFrame, stops: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    if need == TRANSIT and stops is not None:
        return stops.geometry
    return places.geometry[(places["need"] == need).fillna(value=False).to_numpy(dtype=bool)]


def _tie(walks: _Walks, points: gpd.GeoSeries, farthest: float) -> _Spots:
    """Nearest point of the nearest segment within reach."""
    at = points.to_numpy()
    segment = np.full(len(at), -1, np.int64)
    if len(walks.lines) and len(at):
        point, line = shapely.STRtree(walks.lines).query_nearest(
            at, max_distance=farthest, all_matches=False
        )
        segment[point] = line
    tied = segment >= 0
    along, leg = np.full(len(at), np.nan), np.full(len(at), np.nan)
    lines = walks.lines[segment[tied]]
    share = shapely.line_locate_point(lines, at[tied], normalized=True)
    along[tied] = share * walks.length[segment[tied]]
    leg[tied] = shapely.distance(lines, at[tied])
    return _Spots(segment, along, leg)


def _metres(walks: _Walks, homes: _Spots, needs: list[_Spots]) -> NDArray[np.float64]:
    """Metres from each home to the nearest spot of each need (homes, needs), NaN if none."""
    reach = _to_nodes(walks, needs)
    found = np.full((len(homes.segment), len(needs)), np.nan)
    tied = homes.segment >= 0
    at, along = homes.segment[tied], homes.along[tied]
    back = np.where(walks.backward[at], along, np.inf)
    ahead = np.where(walks.forward[at], walks.length[at] - along, np.inf)
    for number, spots in enumerate(needs):
        way = np.minimum(
            back + reach[number, walks.tail[at]], ahead + reach[number, walks.head[at]]
        )
        way = np.minimum(way, _same_segment(walks, at, along, spots))
        way += homes.leg[tied]
        found[tied, number] = np.where(np.isfinite(way), way, np.nan)
    return found


def _to_nodes(walks: _Walks, needs: list[_Spots]) -> NDArray[np.float64]:
    """Metres from every node to the nearest spot of each need (needs, nodes).

    One search per need from an extra node behind all its spots, against the walking direction.
    """
    size = walks.nodes + len(needs)
    if not needs:
        return np.zeros((0, size))
    tails = [walks.head[walks.forward], walks.tail[walks.backward]]
    heads = [walks.tail[walks.forward], walks.head[walks.backward]]
    costs = [walks.length[walks.forward], walks.length[walks.backward]]
    for number, spots in enumerate(needs):
        tied = spots.segment >= 0
        at, along, leg = spots.segment[tied], spots.along[tied], spots.leg[tied]
        for allowed, node, way in (
            (walks.forward[at], walks.tail[at], along),
            (walks.backward[at], walks.head[at], walks.length[at] - along),
        ):
            heads.append(node[allowed])
            tails.append(np.full(int(allowed.sum()), walks.nodes + number))
            costs.append((way + leg)[allowed])
    matrix = cheapest(np.concatenate(tails), np.concatenate(heads), np.concatenate(costs), size)
    return np.asarray(dijkstra(matrix, indices=np.arange(walks.nodes, size)))


def _same_segment(
    walks: _Walks, at: NDArray[np.int64], along: NDArray[np.float64], spots: _Spots
) -> NDArray[np.float64]:
    """Metres to the nearest spot on the home's own segment without passing a junction."""
    home = pd.DataFrame({"segment": at, "home": np.arange(len(at)), "from": along})
    tied = spots.segment >= 0
    spot = pd.DataFrame({"segment": spots.segment[tied], "to": spots.along[tied],
                         "leg": spots.leg[tied]})  # fmt: skip
    pair = home.merge(spot, on="segment")
    ahead = pair["to"] >= pair["from"]
    segment = pair["segment"].to_numpy(dtype=np.int64)
    allowed = np.where(ahead, walks.forward[segment], walks.backward[segment])
    way = np.where(allowed, (pair["to"] - pair["from"]).abs() + pair["leg"], np.inf)
    least = np.full(len(at), np.inf)
    np.minimum.at(least, pair["home"].to_numpy(dtype=np.int64), way)
    return least


def _counts(
    frame: pd.DataFrame, walks: _Walks, homes: _Spots, spots: dict[str, _Spots]
) -> dict[str, int]:
    counts = {
        "buildings": len(frame),
        "buildings_off_network": int((homes.segment < 0).sum()),
        "places_off_network": sum(int((spot.segment < 0).sum()) for spot in spots.values()),
        "streets_left_out": walks.scraps,
    }
    for need, spot in spots.items():
        counts[f"places_{need}"] = len(spot.segment)
        counts[f"unreached_{need}"] = int(frame[f"walk_{need}"].isna().sum())
    return counts


def _limits(
    counts: dict[str, int],
    spots: dict[str, _Spots],
    stops: gpd.GeoDataFrame | None,
    parameters: MobilityParameters,
) -> list[str]:
    """What the model cannot see, and what it left out this time."""
    sentences = [
        "Places outside the model area are not seen: near its edge walks may be shorter.",
        (
            f"Everybody walks at {parameters.walk_speed:g} km/h; slopes, stairs and waiting at "
            "crossings are not counted."
        ),
        "A walk begins in the middle of the building; a park is reached at one point inside it.",
    ]
    for what, lost in (("Buildings", "buildings_off_network"), ("Places", "places_off_network")):
        if counts[lost]:
            sentences.append(
                f"{what} left out because no walkable street is within {parameters.walk_leg:g} m: "
                f"{counts[lost]}."
            )
    sentences += [f"No place for the need {need} is mapped in the area: it counts as met for nobody."
                  for need in spots if not counts[f"places_{need}"]]  # fmt: skip
    if stops is None:
        sentences.append("Stops of public transport are not given: walks to them are not computed.")
    return sentences
