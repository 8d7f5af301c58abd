"""Delay of links by flow: compiled cost and slope for the solver, one row of figures per link.

BPR: Bureau of Public Roads (1964), Traffic Assignment Manual. Conical: Spiess (1990), Conical
volume-delay functions, Transportation Science 24(2), 153-158. `twin.mobility.certificate` states
the same laws once more in NumPy, by which results are proved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.compiled import bare, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork

BASE, RISE, STEEP, INVERSE, POWER, CONICAL, BETA = range(7)
QUARTIC = 4.0
"""The usual power of the BPR law, which needs no logarithm."""


class Links(NamedTuple):
    """What the solver knows of every link; volume, cost and slope change in place.

    Parameters
    ----------
    laws : (links, 7)
        Figures of the delay law, see `law`.
    fixed : (classes, links) [min]
        Cost besides time, infinite where a class is barred.
    volume : (links,) [pcu/h]
        Flow of all classes and the flow that is there anyway.
    cost : (classes, links) [min]
        Time and fixed cost.
    slope : (links,) [min h/pcu]
        Rise of time with volume.
    """

    laws: NDArray[np.float64]
    fixed: NDArray[np.float64]
    volume: NDArray[np.float64]
    cost: NDArray[np.float64]
    slope: NDArray[np.float64]


def every(values: NDArray[np.float64], links: int) -> NDArray[np.float64]:
    """Values of every link; an empty array stands for zeros."""
    return values if len(values) else np.zeros(links)


def law(network: RoadNetwork) -> NDArray[np.float64]:
    """Figures of the delay law of each link, side by side (links, 7)."""
    conical = every(network.conical, len(network.link_from))
    inverse = 1.0 / network.capacity
    bends = (network.power > 0.0) & (conical == 0.0)
    rise = np.where(bends, network.free_time * network.alpha, 0.0)
    constant = np.where(network.power > 0.0, 1.0, 1.0 + network.alpha)
    base = network.free_time * np.where(conical > 0.0, 1.0, constant)
    shape = np.where(conical > 0.0, conical, 2.0)
    beta = (2.0 * shape - 1.0) / (2.0 * shape - 2.0)
    return np.column_stack(
        [base, rise, rise * network.power * inverse, inverse, network.power, conical, beta]
    )


@bare
def price(links: Links) -> None:
    """Bring cost [min] and slope [min h/pcu] of every link up to date with its volume."""
    for link in range(len(links.volume)):
        reprice(links, link)


@inlined
def reprice(links: Links, link: int) -> None:
    """Bring cost and slope of one link up to date with its volume."""
    laws = links.laws
    time, slope = laws[link, BASE], 0.0
    if laws[link, CONICAL] > 0.0:
        steep = laws[link, CONICAL]
        left = steep * (1.0 - links.volume[link] * laws[link, INVERSE])
        root = np.sqrt(left * left + laws[link, BETA] * laws[link, BETA])
        slope = time * laws[link, INVERSE] * steep * (1.0 - left / root)
        time *= 2.0 + root - left - laws[link, BETA]
    elif laws[link, STEEP] > 0.0:
        ratio = links.volume[link] * laws[link, INVERSE]
        if laws[link, POWER] == QUARTIC:
            lower = ratio * ratio * ratio
        else:
            lower = ratio ** (laws[link, POWER] - 1.0)
        time += laws[link, RISE] * lower * ratio
        slope = laws[link, STEEP] * lower
    links.slope[link] = slope
    for klass in range(len(links.cost)):
        links.cost[klass, link] = time + links.fixed[klass, link]
