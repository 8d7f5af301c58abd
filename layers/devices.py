"""Signals, signs and barriers on the nodes of streets: which street and direction they concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import objects as ob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BETWEEN: Final = ("barrier", "control_forward", "control_backward")
HEIGHTS: Final = ("no", "flush", "lowered", "yes", "rolled", "raised")
"""Kerbs (OSM kerb=*) from none to the highest."""
SIGNALS: Final = "traffic_signals"
TOLD: Final = frozenset({SIGNALS, "stop", "give_way"})
"""Controls that matter between the ends of a street too."""


@dataclass
class Devices:
    """What stands on nodes of streets and tells traffic to wait, or stops it.

    Parameters
    ----------
    controls
        Node to how the traffic is controlled there (OSM highway=*).
    facing
        Node to the direction of the way that this is for, where tagged: forward or backward.
    barriers
        Node to the barrier that cars cannot pass there.
    kerbs
        Node to the kerb that is crossed there (OSM kerb=*).
    """

    controls: dict[int, str] = field(default_factory=dict)
    facing: dict[int, str] = field(default_factory=dict)
    barriers: dict[int, str] = field(default_factory=dict)
    kerbs: dict[int, str] = field(default_factory=dict)


def between(
    nodes: NDArray[np.int64],
    places: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    index: pd.Index,
    devices: Devices,
) -> dict[str, pd.Series]:
    """What stands between the ends of segments: barrier, and per direction the last control.

    Parameters
    ----------
    nodes, places
        Node ids and coordinates [degrees] of all ways, one after the other.
    first, last : (segments,) int64
        Positions of the end nodes of each segment among them, ascending.
    index
        Ids of the segments.
    devices
        What stands on nodes.

    Returns
    -------
    dict
        Columns barrier, control_forward, control_backward, and for the two latter ``_at``: the way
        from there to the end of the segment in that direction [m].
    """
    text = {name: np.full(len(index), None, dtype=object) for name in BETWEEN}
    far = {f"{name}_at": np.full(len(index), np.nan) for name in BETWEEN[1:]}
    along = _along(places)
    known = np.fromiter({*devices.controls, *devices.barriers}, np.int64)
    spots = np.flatnonzero(np.isin(nodes, known))
    spots = spots[spots > first[0]] if len(first) else spots[:0]
    owner = np.searchsorted(first, spots, side="right") - 1
    inner = (spots > first[owner]) & (spots < last[owner])
    for spot, segment in zip(spots[inner].tolist(), owner[inner].tolist(), strict=True):
        number = int(nodes[spot])
        if number in devices.barriers:
            text["barrier"][segment] = devices.barriers[number]
        if devices.controls.get(number) in TOLD:
            ways = {
                "forward": float(along[last[segment]] - along[spot]),
                "backward": float(along[spot] - along[first[segment]]),
            }
            for way in _told(devices, number, ways):
                name = f"control_{way}"
                if not far[f"{name}_at"][segment] <= ways[way]:
                    text[name][segment] = devices.controls[number]
                    far[f"{name}_at"][segment] = ways[way]
    columns = {name: pd.Series(found, index=index, dtype="str") for name, found in text.items()}
    return columns | {name: pd.Series(found, index=index) for name, found in far.items()}


def kerbs(
    nodes: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    index: pd.Index,
    devices: Devices,
) -> pd.Series:
    """The highest kerb that is mapped on each segment or at its ends; missing where none is.

    Parameters
    ----------
    nodes
        Node ids of all ways, one after the other.
    first, last : (segments,) int64
        Positions of the end nodes of each segment among them, ascending.
    index
        Ids of the segments.
    devices
        What stands on nodes.
    """
    found = np.full(len(index), None, dtype=object)
    for spot in np.flatnonzero(np.isin(nodes, np.fromiter(devices.kerbs, np.int64))).tolist():
        kind = devices.kerbs[int(nodes[spot])]
        for segment in {
            int(np.searchsorted(first, spot, side="right")) - 1,
            int(np.searchsorted(last, spot, side="left")),
        }:
            if 0 <= segment < len(index) and first[segment] <= spot <= last[segment]:
                found[segment] = max(found[segment] or kind, kind, key=_height)
    return pd.Series(found, index=index, dtype="str")


def _height(kind: str) -> int:
    """Rank of a kerb by its height; one of no known kind lies between the others."""
    return HEIGHTS.index(kind) if kind in HEIGHTS else HEIGHTS.index("yes")


def _told(devices: Devices, number: int, ways: Mapping[str, float]) -> tuple[str, ...]:
    """Directions that a control is for: as tagged, else both for signals, the nearer end for signs.

    Wiki, Tag:highway=stop and Tag:highway=give_way: without a direction it is for the next
    junction.
    """
    if number in devices.facing:
        return (devices.facing[number],)
    if devices.controls[number] == SIGNALS:
        return tuple(ways)
    return (min(ways, key=lambda way: ways[way]),)


def _along(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Way from the first node to each [m], on a sphere that is flat from one node to the next."""
    steps = np.diff(places, axis=0) * ob.DEGREE
    steps[:, 0] *= np.cos(np.radians(places[1:, 1]))
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
