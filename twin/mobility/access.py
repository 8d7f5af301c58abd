"""Walking time from every building to the nearest place of each daily need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from twin.mobility import walking
from twin.mobility.network import METRES_PER_KM, MINUTES_PER_HOUR
from twin.mobility.sparse import cheapest

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.walking import Spots, Walks

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
    walks = walking.network(streets, junctions, parameters.walk_fragment)
    standing = buildings[buildings["state"] != "removed"]
    homes = walking.tie(walks, standing.geometry.representative_point(), parameters.walk_leg)
    needs = [need for need in parameters.needs if need != TRANSIT or stops is not None]
    spots = {need: walking.tie(walks, _of_need(need, places, stops), parameters.walk_leg)
             for need in needs}  # fmt: skip
    metres = _metres(walks, homes, list(spots.values()))
    minutes = metres / METRES_PER_KM / parameters.walk_speed * MINUTES_PER_HOUR
    frame = pd.DataFrame(minutes, index=standing.index, columns=[f"walk_{need}" for need in needs])
    met = (minutes <= parameters.walk_limit).sum(axis=1).astype(np.float64)
    frame["needs_met"] = np.where(homes.segment >= 0, met, np.nan)
    counts = _counts(frame, walks, homes, spots)
    return AccessRun(frame, counts, tuple(_limits(counts, spots, stops, parameters)), CITATIONS)


def _of_need(need: str, places: gpd.GeoDataFrame, stops: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    if need == TRANSIT and stops is not None:
        return stops.geometry
    return places.geometry[(places["need"] == need).fillna(value=False).to_numpy(dtype=bool)]


def _metres(walks: Walks, homes: Spots, needs: list[Spots]) -> NDArray[np.float64]:
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


def _to_nodes(walks: Walks, needs: list[Spots]) -> NDArray[np.float64]:
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
    walks: Walks, at: NDArray[np.int64], along: NDArray[np.float64], spots: Spots
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
    frame: pd.DataFrame, walks: Walks, homes: Spots, spots: dict[str, Spots]
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
    spots: dict[str, Spots],
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
