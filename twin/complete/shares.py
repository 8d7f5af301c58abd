"""Share counts of zones out to buildings, with every total kept.

Dasymetric disaggregation by floor area (J. K. Wright, Geographical Review 26, 1936; as the volume
method in S. Lwin and Y. Murayama, Transactions in GIS 13, 2009): a zone's count is divided among
its buildings in proportion to a weight. Where none of them has the first weight, the next one
counts; a zone in which none has any weight keeps its count to itself, and it is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def share_out(
    zone: NDArray[np.int64],
    totals: NDArray[np.float64],
    weights: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Divide the total of each zone among its members in proportion to their weights.

    Parameters
    ----------
    zone : (members,)
        Zone of each member, -1 for none.
    totals : (zones,)
        What is divided; NaN is not stated.
    weights
        Arrays of shape (members,), not negative; the first with a sum above zero counts, zone by
        zone.

    Returns
    -------
    values, used
        What each member gets, shape (members,): NaN outside the zones and where nothing is stated
        or nothing could be divided; and which weight each zone used, -1 for none, shape (zones,).
    """
    used = np.full(len(totals), -1, dtype=np.int64)
    values = np.full(len(zone), np.nan)
    for number, weight in enumerate(weights):
        inside = zone >= 0
        sums = np.bincount(zone[inside], weight[inside], minlength=len(totals))
        now = (used < 0) & (sums > 0) & ~np.isnan(totals)
        used[now] = number
        members = np.flatnonzero(inside)[now[zone[inside]]]
        of = zone[members]
        values[members] = totals[of] * (weight[members] / sums[of])
    return values, used
