"""Made-up road networks as large as published ones, with what makes those hard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.schema import RoadNetwork, TripTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def made(
    side: int, zones: int, *, seed: int = 0, trips: float = 500.0, odd: bool = False
) -> tuple[RoadNetwork, TripTable]:
    """A grid of `side` by `side` junctions, some streets missing, each zone tied to two junctions.

    Parameters
    ----------
    side, zones
        Junctions along one side and number of zones [1].
    seed
        Of the random numbers.
    trips
        From each zone, on average [veh/h].
    odd
        Add links into nodes without a way out, links that stand twice, times of zero.
    """
    draw = np.random.default_rng(seed)
    number = zones + np.arange(side * side).reshape(side, side)
    ends = np.concatenate([
        np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
    ])  # fmt: skip
    ends = ends[draw.random(len(ends)) < 0.93]
    streets = np.concatenate([ends, ends[:, ::-1]])
    main = (streets.min(axis=1) - zones) // side % 6 == 0
    length = draw.uniform(0.5, 1.5, len(streets))
    time = length / np.where(main, 1.5, 0.6)
    room = np.where(main, 4000.0, 1200.0) * draw.uniform(0.7, 1.3, len(streets))
    centre = draw.choice(side * side, zones, replace=False)
    ties = _ties(centre, zones, side)
    table = pd.DataFrame({
        "tail": np.concatenate([streets[:, 0], ties[:, 0], ties[:, 1]]),
        "head": np.concatenate([streets[:, 1], ties[:, 1], ties[:, 0]]),
        "time": np.concatenate([time, np.full(2 * len(ties), 0.3)]),
        "length": np.concatenate([length, np.full(2 * len(ties), 0.3)]),
        "capacity": np.concatenate([room, np.full(2 * len(ties), 1e5)]),
        "alpha": np.concatenate([np.full(len(streets), 0.15), np.zeros(2 * len(ties))]),
    })  # fmt: skip
    nodes = zones + side * side
    if odd:
        table, nodes = _odd(table, zones, nodes, draw)
    return _network(table, zones, nodes), _trips(centre, zones, side, trips, draw)


def _ties(centre: Ints, zones: int, side: int) -> Ints:
    """Each zone with its junction and the one below."""
    below = np.where(centre // side < side - 1, centre + side, centre - side)
    zone = np.arange(zones)
    return np.column_stack([np.tile(zone, 2), zones + np.concatenate([centre, below])])


def _odd(
    table: pd.DataFrame, zones: int, nodes: int, draw: np.random.Generator
) -> tuple[pd.DataFrame, int]:
    sinks = np.arange(nodes, nodes + 8)
    into = table.iloc[:8].assign(tail=draw.integers(zones, nodes, 8), head=sinks, time=0.0,
                                 alpha=0.0)  # fmt: skip
    twice = table.iloc[draw.choice(len(table), 20, replace=False)]
    table = pd.concat([table, into, twice], ignore_index=True)
    table.loc[draw.random(len(table)) < 0.1, "time"] = 0.0
    return table, nodes + 8


def _network(table: pd.DataFrame, zones: int, nodes: int) -> RoadNetwork:
    def column(name: str) -> NDArray[np.float64]:
        return np.array(table[name], dtype=np.float64)

    return RoadNetwork(
        link_from=np.array(table["tail"], dtype=np.int64),
        link_to=np.array(table["head"], dtype=np.int64),
        capacity=column("capacity"),
        length=column("length"),
        free_time=column("time"),
        alpha=column("alpha"),
        power=np.where(table["alpha"] > 0.0, 4.0, 0.0),
        fixed_cost=0.04 * column("length"),
        zones=zones,
        nodes=nodes,
        first_through=zones,
        link_ids=pd.Index([f"l{link}" for link in range(len(table))], dtype="str"),
    )


def _trips(
    centre: Ints, zones: int, side: int, mean: float, draw: np.random.Generator
) -> TripTable:
    """Gravity with weights of very unequal zones; every third pair has no trips."""
    weight = draw.lognormal(0.0, 1.0, zones)
    away = np.hypot(*(np.subtract.outer(at, at) for at in (centre // side, centre % side)))
    table = np.outer(weight, weight) * np.exp(-6.0 * away / side)
    table[draw.random(table.shape) < 1.0 / 3.0] = 0.0
    np.fill_diagonal(table, 0.0)
    table *= mean * zones / table.sum()
    origin, destination = np.nonzero(table)
    return TripTable(origin, destination, table[origin, destination])
