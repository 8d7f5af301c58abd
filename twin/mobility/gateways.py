"""Traffic across the boundary: through it, into it and out of it, from what gateways count.

Through trips by Furness (1965) between gateways, trips that begin or end inside by a gravity model
on people and jobs (Wilson 1971).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility import distribution
from twin.mobility.choice import MINUTES_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from twin.mobility.demand_parameters import DemandParameters

COUNT: Final = "count"
COMMUTERS_ONLY: Final = (
    "Through traffic unknown: a table says who commutes across the boundary, but nothing is counted "
    "where roads leave the model area. Visitors and vehicles that pass through are not on its "
    "streets; filters, superblocks and charges divert exactly those."
)
CROWDED = 1e-6
"""How near to half of all vehicles one gateway may come before all others feed it alone [1]."""
MISFIT = 1e-6
"""Relative error of a sum above which counts do not fit together [1]."""
UNKNOWN: Final = (
    "Through traffic unknown: nothing is counted where roads leave the model area. Trips of "
    "commuters and visitors that begin or end outside are not on its streets, and residents' trips "
    "to places outside are turned to places inside; filters, superblocks and charges divert "
    "exactly those."
)


@dataclass(frozen=True)
class External:
    """Vehicles that cross the boundary on an average day.

    Parameters
    ----------
    through : (gateways, gateways) [veh/d]
    inward : (gateways, zones) [veh/d]
        To places inside.
    outward : (zones, gateways) [veh/d]
        From places inside.
    through_known
        Whether gateways are counted.
    residual
        Largest relative error of a row or column sum [1].
    limits
        What the model cannot see, in plain sentences.
    """

    through: NDArray[np.float64]
    inward: NDArray[np.float64]
    outward: NDArray[np.float64]
    through_known: bool
    residual: float
    limits: tuple[str, ...]


def external(
    gateways: pd.DataFrame | None,
    cost: NDArray[np.float64],
    drawn: NDArray[np.float64],
    parameters: DemandParameters,
) -> External:
    """Work out who crosses the boundary.

    Parameters
    ----------
    gateways
        City table: inward, outward [veh/d], through_share [1] (missing: assumed), kind.
    cost : (zones + gateways, zones + gateways) [min]
        By car on the network.
    drawn : (zones,) [1]
        What draws trips from outside: people and jobs.
    parameters
        Through share where none is given, mean length of a trip.
    """
    zones = len(drawn)
    if gateways is None or gateways.empty:
        none = np.zeros((0, 0))
        into, out = np.zeros((0, zones)), np.zeros((zones, 0))
        return External(none, into, out, through_known=False, residual=0.0, limits=(UNKNOWN,))
    into, out = (gateways[c].to_numpy(dtype=np.float64) for c in ("inward", "outward"))
    share = gateways["through_share"].to_numpy(dtype=np.float64)
    known = ~np.isnan(share)
    share = np.where(known, share, parameters["through.share"])
    through = through_matrix(into * share, out * share, np.isfinite(cost[zones:, zones:]))
    ended = np.maximum(into - through.sum(axis=1), 0.0)
    begun = np.maximum(out - through.sum(axis=0), 0.0)
    steep = deterrence(parameters)
    inward = distribution.spread(cost[zones:, :zones], ended, drawn, steep, constrained=False)
    outward = distribution.spread(
        np.ascontiguousarray(cost[:zones, zones:].T), begun, drawn, steep, constrained=False
    ).T
    errors = [
        distribution.residual(through, *_through_sums(into * share, out * share)),
        distribution.residual(inward, ended),
        distribution.residual(outward.T, begun),
    ]
    counted = bool(gateways["kind"].eq(COUNT).any())
    return External(
        through=through,
        inward=inward,
        outward=outward,
        through_known=counted,
        residual=max(errors),
        limits=tuple(_limits(gateways, known, parameters, max(errors))),
    )


def through_matrix(
    into: NDArray[np.float64], out: NDArray[np.float64], reached: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Vehicles from gateway to gateway (gateways, gateways) [veh/d]; none turns round.

    Parameters
    ----------
    into, out : (gateways,) [veh/d]
        Through vehicles that come in and go out; the mean of both totals holds. Where one gateway
        has more than all others together, or cars cannot get between them, as many as fit.
    reached : (gateways, gateways) bool
        Whether a car gets from one to the other; everywhere if None.
    """
    rows, columns = _through_sums(into, out)
    open_ = 1.0 - np.eye(len(into))
    weight = open_ if reached is None else open_ * reached
    hub = int((rows + columns).argmax()) if len(into) else 0
    if _crowded(rows, columns, hub) and (weight == open_).all():
        return _star(rows, columns, hub)
    with np.errstate(over="ignore", invalid="ignore"):
        found = distribution.balance(weight, rows, columns)
    if np.isfinite(found).all() and distribution.residual(found, rows, columns) <= MISFIT:
        return found
    return np.asarray(weight * rows[:, None] * columns[None, :] / rows.sum())


def _crowded(rows: NDArray[np.float64], columns: NDArray[np.float64], hub: int) -> bool:
    """Whether a gateway has as many through vehicles as all others together."""
    total = float(rows.sum())
    return total > 0.0 and float(rows[hub] + columns[hub]) >= total * (1.0 - CROWDED)


def _star(rows: NDArray[np.float64], columns: NDArray[np.float64], hub: int) -> NDArray[np.float64]:
    """All through vehicles by way of one gateway that has as many as all others together."""
    found = np.zeros((len(rows), len(rows)))
    found[hub, :], found[:, hub] = columns, rows
    found[hub, hub] = 0.0
    return found


def _through_sums(
    into: NDArray[np.float64], out: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Row and column sums with one total, the mean of both; none where one side has nothing."""
    first, second = float(into.sum()), float(out.sum())
    if not first > 0.0 or not second > 0.0:
        return np.zeros_like(into), np.zeros_like(out)
    total = 0.5 * (first + second)
    return into * (total / first), out * (total / second)


def deterrence(parameters: DemandParameters) -> float:
    """How strongly cost deters those who cross the boundary [1/min].

    As on a plane without end (mean trip of 2/m), at the mean length over all purposes and the
    plain speed of cars.

    Parameters
    ----------
    parameters
        Mean lengths, plain speed of cars.
    """
    length = float(np.average(parameters.length, weights=parameters.rate))
    return 2.0 * parameters["speed.car"] / (MINUTES_PER_HOUR * length)


def residents_outside(found: External, parameters: DemandParameters) -> float:
    """People's trips across the boundary that residents make [1/d]: they are not made inside.

    Parameters
    ----------
    found
        Vehicles that begin or end inside.
    parameters
        Share of them that residents drive, people in a car.
    """
    vehicles = float(found.inward.sum() + found.outward.sum())
    occupancy = float(np.average(parameters.occupancy, weights=parameters.rate))
    return vehicles * parameters["external.residents"] * occupancy


def _limits(
    gateways: pd.DataFrame,
    known: NDArray[np.bool_],
    parameters: DemandParameters,
    worst: float,
) -> list[str]:
    counted = bool(gateways["kind"].eq(COUNT).any())
    sentences = [] if counted else [COMMUTERS_ONLY]
    if counted and not known.all():
        sentences.append(
            f"At {int((~known).sum())} of {len(gateways)} gateways the share of through vehicles "
            f"is assumed: {parameters['through.share']:.0%}."
        )
    assumed = gateways["kind"].eq("assumed").sum()
    if assumed:
        sentences.append(f"Vehicles at {assumed} of {len(gateways)} gateways are assumed.")
    if worst > distribution.TOLERATED:
        sentences.append(
            f"Counts at the gateways do not fit together: sums are met to {worst:.1%} only. "
            "One gateway has more through vehicles than all others can take, or cannot be reached."
        )
    sentences.append(
        "Vehicles across the boundary keep their number and their gateways: only their way "
        "answers to closed streets and charges."
    )
    return sentences
