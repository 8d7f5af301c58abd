"""Slopes, junctions and surfaces of streets as the sound power takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility.noise_parameters import REFERENCE_SURFACE
from twin.mobility.noise_source import PER_CENT, Stretches

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters

SIGNALS, ROUNDABOUT, NONE = "signals", "roundabout", ""
CONTROLS: Final = {"traffic_signals": SIGNALS, "mini_roundabout": ROUNDABOUT}


def stretches(
    own: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    parameters: NoiseParameters,
) -> Stretches:
    """Divide streets by direction, and near signals and roundabouts by distance from them.

    A two-way street carries half of its vehicles each way. The sound power is uniform along a
    street, so near a junction the mean over some points of it counts; a junction is heard on the
    streets that end at it, not beyond them.

    Parameters
    ----------
    own
        Streets with traffic, in the order of their numbers.
    streets, junctions
        City tables: where roundabouts and signals are.
    parameters
        Reach of junctions, number of points, road surfaces.
    """
    figures = parameters.figures
    points = int(figures["junction.points"])
    start, end = _ends(own, streets, junctions)
    touched = (start != NONE) | (end != NONE)
    street = np.repeat(np.arange(len(own)), np.where(touched, points, 1))
    place = np.arange(len(street)) - np.searchsorted(street, street)
    length = own["length"].to_numpy()[street]
    along = (place + 0.5) / points * length
    reach = figures["junction.reach"]
    near_start = np.where(start[street] != NONE, np.maximum(1.0 - along / reach, 0.0), 0.0)
    near_end = np.where(end[street] != NONE, np.maximum(1.0 - (length - along) / reach, 0.0), 0.0)
    on_it = own["roundabout"].to_numpy()[street]
    near = np.where(on_it, 1.0, np.maximum(near_start, near_end))
    junction = np.where(near_start >= near_end, start[street], end[street])
    weight = 1.0 / np.where(touched[street], points, 1)
    slope, share = _directions(own)
    return Stretches(
        street=np.tile(street, 2),
        weight=np.concatenate([weight * share[street], weight * (1.0 - share[street])]),
        slope=np.concatenate([slope[street], -slope[street]]),
        near=np.tile(near, 2),
        junction=np.tile(junction, 2),
        surface=np.tile(_surfaces(own, parameters)[street], 2),
    )


def _ends(
    own: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, junctions: gpd.GeoDataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Kind of junction at the first and at the last end of each street; of a roundabout: both."""
    kind = junctions["control"].map(CONTROLS)
    ring = streets[streets["roundabout"]]
    kind[kind.index.isin(ring["from_node"]) | kind.index.isin(ring["to_node"])] = ROUNDABOUT
    on_it = own["roundabout"].to_numpy()
    found = []
    for name in ("from_node", "to_node"):
        at = kind.reindex(own[name]).fillna(NONE).to_numpy(dtype=object)
        found.append(np.where(on_it, ROUNDABOUT, at).astype(object))
    return found[0], found[1]


def _directions(own: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope in drawing direction [%], 0 where unknown, and share of vehicles driving so [1]."""
    grade = own["grade"].to_numpy() if "grade" in own else np.zeros(len(own))
    ahead = own["drive_forward"].to_numpy(dtype=np.float64)
    back = own["drive_backward"].to_numpy(dtype=np.float64)
    both = ahead + back
    share = np.divide(ahead, both, out=np.full(len(own), 0.5), where=both > 0.0)
    return np.nan_to_num(grade) * PER_CENT, share


def _surfaces(own: gpd.GeoDataFrame, parameters: NoiseParameters) -> NDArray[np.object_]:
    """Road surface of each street; one that is not tagged is the reference."""
    named = own["surface"].map(parameters.tagged)
    return np.asarray(named.fillna(REFERENCE_SURFACE).to_numpy(dtype=object))
