"""What the trips of a day add up to for the residents of each zone: minutes, money.

A trip matrix by mode runs from row to column and no longer says whose trips they are. The trips
from home to a place and back do: each pair of home and place takes the modes that all trips of that
pair take, half of them on the way there and half on the way back. Nothing is lost: sums over the
residents of all zones are sums over all trips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def of_homes(
    home: Floats, by_mode: Mapping[str, Floats], per_trip: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Sum of a figure over all trips of the residents of each zone, by mode (zones,).

    Parameters
    ----------
    home : (purposes, zones, zones) [1/d]
        Trips from home to place and back, by home and place.
    by_mode : mode -> (zones, zones) [1/d]
        Trips from row to column, half of `home` there and half back.
    per_trip : mode -> (zones, zones)
        Figure of one trip; what it is where nobody travels does not count.

    Returns
    -------
    mode -> (zones,)
        In the unit of the figure by day, for the modes of `per_trip`.
    """
    made = home.sum(axis=0)
    every = np.asarray(sum(by_mode.values()))
    weight = np.divide(made, every, out=np.zeros_like(made), where=every > 0.0)
    back = np.divide(made.T, every, out=np.zeros_like(made), where=every > 0.0)
    found = {}
    for mode, figure in per_trip.items():
        trips = by_mode[mode]
        total = np.where(trips > 0.0, trips * np.where(trips > 0.0, figure, 0.0), 0.0)
        found[mode] = 0.5 * ((weight * total).sum(axis=1) + (back * total).sum(axis=0))
    return found
