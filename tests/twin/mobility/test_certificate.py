from __future__ import annotations

import numpy as np
import pytest

from tests.twin.mobility.roads import network, random_case, trips
from twin.mobility import certificate, equilibrium
from twin.mobility.certificate import Ways
from twin.mobility.classes import Pairs, listed
from twin.mobility.columns import Paths

ROAD = network([(0, 1, 10.0, 0.1, 10.0, 1.0), (0, 1, 15.0, 1.0, 300.0, 1.0)], 2, 2)
DEMAND = trips([(0, 1, 200.0)])
USERS = listed(DEMAND)
PAIRS = Pairs(np.zeros(1, np.int64), DEMAND.origin, DEMAND.destination, DEMAND.trips)


def _paths(first: float, second: float) -> Paths:
    return Paths(np.array([0, 2]), np.array([0, 1, 2]), np.array([0, 1], np.int32),
                 np.array([first, second]))  # fmt: skip


def test_delay_of_the_bureau_of_public_roads() -> None:
    road = network([(0, 1, 10.0, 0.15, 100.0, 4.0)], 2, 2)
    assert certificate.delay(road, np.array([0.0]))[0] == 10.0
    assert certificate.delay(road, np.array([100.0]))[0] == pytest.approx(11.5)
    assert certificate.delay(road, np.array([200.0]))[0] == pytest.approx(34.0)


def test_power_zero_means_a_constant_time() -> None:
    road = network([(0, 1, 10.0, 0.5, 100.0, 0.0)], 2, 2)
    assert certificate.delay(road, np.array([0.0]))[0] == 15.0
    assert certificate.delay(road, np.array([999.0]))[0] == 15.0


def test_relative_gap_of_a_wrong_split_by_hand() -> None:
    # All 200 on the first road: 30 minutes each, the other stands at 15.
    flow = np.array([200.0, 0.0])
    proof = certificate.certify(ROAD, USERS, flow[None], Ways(_paths(200.0, 0.0), PAIRS))
    assert proof.relative_gap == pytest.approx(0.5)
    assert proof.average_excess_cost == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("flow", "paths", "field", "value"),
    [
        ([100.0, 90.0], _paths(100.0, 90.0), "demand_residual", 10.0),
        ([100.0, 90.0], _paths(100.0, 90.0), "node_residual", 10.0),
        ([100.0, 90.0], _paths(100.0, 100.0), "flow_residual", 10.0),
    ],
    ids=["trips lost", "node not balanced", "flow is not that of the paths"],
)
def test_what_is_wrong_is_found(flow: list[float], paths: Paths, field: str, value: float) -> None:
    proof = certificate.certify(ROAD, USERS, np.array([flow]), Ways(paths, PAIRS))
    assert getattr(proof, field) == pytest.approx(value)


def test_broken_paths_are_found() -> None:
    road, demand = random_case(4)
    found = equilibrium.solve(road, demand)
    pairs, paths = found.warm.pairs, found.warm.paths
    assert not certificate.broken(road, paths, pairs.origin, pairs.destination).any()
    long = int(paths.lengths.argmax())
    links = paths.links.copy()
    links[paths.start[long]] = links[paths.start[long] + 1]
    torn = paths._replace(links=links)
    wrong = certificate.broken(road, torn, pairs.origin, pairs.destination)
    assert np.flatnonzero(wrong).tolist() == [long]
    empty = Paths(np.array([0, 1]), np.array([0, 0]), np.zeros(0, np.int32), np.array([1.0]))
    assert certificate.broken(ROAD, empty, DEMAND.origin, DEMAND.destination).tolist() == [True]
