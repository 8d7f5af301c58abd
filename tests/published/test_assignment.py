"""Traffic assignment against published networks and their best known flows.

Braess (1968), Über ein Paradoxon aus der Verkehrsplanung, Unternehmensforschung 12. The other
networks and flows: Transportation Networks for Research Core Team, Transportation Networks for
Research, github.com/bstabler/TransportationNetworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from layers import network
from tests.twin.mobility import roads
from tests.twin.mobility.roads import beckmann, trips, without
from twin.mobility import equilibrium
from twin.mobility.certificate import delay

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import RoadNetwork, TripTable


def _case(data_dir: Path, folder: str, name: str) -> tuple[RoadNetwork, TripTable]:
    place = data_dir / "tntp" / folder
    return network.read_tntp(place / f"{name}_net.tntp", place / f"{name}_trips.tntp")


def _best_known(data_dir: Path, name: str) -> np.ndarray:
    lines = (data_dir / "tntp" / name / f"{name}_flow.tntp").read_text().splitlines()[1:]
    return np.array([line.split() for line in lines if line.strip()], dtype=np.float64)


def test_closing_the_bridge_of_braess_saves_everybody_time() -> None:
    # Times 10 v, 50 + v, 50 + v, 10 + v, 10 v and 6 trips: 92 minutes each with the bridge, 83
    # without it (Braess 1968).
    tiny = 1e-8
    road = roads.network(
        [(0, 2, tiny, 1e9, 1.0, 1.0), (0, 3, 50.0, 0.02, 1.0, 1.0), (2, 1, 50.0, 0.02, 1.0, 1.0),
         (2, 3, 10.0, 0.1, 1.0, 1.0), (3, 1, tiny, 1e9, 1.0, 1.0)], 2, 4,
    )  # fmt: skip
    demand = trips([(0, 1, 6.0)])
    before = equilibrium.solve(road, demand, gap=1e-12)
    after = equilibrium.solve(without(road, 3), demand, gap=1e-12, warm=before.warm)
    assert before.flow == pytest.approx([4.0, 2.0, 2.0, 2.0, 4.0], abs=1e-5)
    assert after.flow == pytest.approx([3.0, 3.0, 3.0, 3.0], abs=1e-5)
    assert before.cost @ before.flow == pytest.approx(6 * 92.0)
    assert after.cost @ after.flow == pytest.approx(6 * 83.0)


@pytest.mark.data
def test_sioux_falls_reaches_the_best_known_flows(data_dir: Path) -> None:
    road, demand = _case(data_dir, "SiouxFalls", "SiouxFalls")
    best = _best_known(data_dir, "SiouxFalls")
    found = equilibrium.solve(road, demand, gap=1e-11)
    assert found.relative_gap <= 1e-11
    assert demand.trips.sum() == 360_600.0
    # The published objective is in 100,000 vehicle hundredths of an hour.
    assert beckmann(road, found.flow) / 1e5 == pytest.approx(42.31335287107440, rel=1e-10)
    assert found.flow == pytest.approx(best[:, 2], abs=0.01)
    assert found.cost == pytest.approx(best[:, 3], abs=1e-5)
    assert found.certificate.node_residual <= 1e-6


@pytest.mark.data
def test_the_default_gap_gives_the_flows_within_a_thousandth(data_dir: Path) -> None:
    road, demand = _case(data_dir, "SiouxFalls", "SiouxFalls")
    found = equilibrium.solve(road, demand)
    assert found.relative_gap <= 1e-6
    assert found.flow == pytest.approx(_best_known(data_dir, "SiouxFalls")[:, 2], rel=1e-3)


@pytest.mark.data
def test_anaheim_reaches_the_best_known_flows(data_dir: Path) -> None:
    road, demand = _case(data_dir, "Anaheim", "Anaheim")
    found = equilibrium.solve(road, demand, gap=1e-11)
    assert found.flow == pytest.approx(_best_known(data_dir, "Anaheim")[:, 2], abs=0.01)


@pytest.mark.data
def test_winnipeg_reaches_the_published_objective(data_dir: Path) -> None:
    # Links without congestion may share flow in many ways; costs and the other flows are unique.
    road, demand = _case(data_dir, "Winnipeg", "Winnipeg")
    best = _best_known(data_dir, "Winnipeg")
    found = equilibrium.solve(road, demand, gap=1e-11)
    assert beckmann(road, found.flow) == pytest.approx(827_911.494629963, rel=1e-10)
    assert found.cost == pytest.approx(best[:, 3], abs=1e-6)
    unique = road.alpha > 0.0
    assert found.flow[unique] == pytest.approx(best[unique, 2], abs=0.01)
    assert found.certificate.intrazonal == 9.0


@pytest.mark.data
@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim", "Winnipeg"])
def test_the_certificate_passes_the_published_flows(data_dir: Path, name: str) -> None:
    road, demand = _case(data_dir, name, name)
    best = _best_known(data_dir, name)
    assert delay(road, best[:, 2]) == pytest.approx(best[:, 3], rel=1e-6)
    found = equilibrium.solve(road, demand, gap=1e-4)
    assert found.certificate.relative_gap <= 1e-4
    assert beckmann(road, found.flow) >= beckmann(road, best[:, 2]) * (1 - 1e-12)


@pytest.mark.data
def test_eastern_massachusetts_converges(data_dir: Path) -> None:
    road, demand = _case(data_dir, "Eastern-Massachusetts", "EMA")
    found = equilibrium.solve(road, demand, gap=1e-8)
    assert found.relative_gap <= 1e-8
    assert found.certificate.demand_residual <= 1e-6


@pytest.mark.data
def test_the_file_of_braess_shows_his_paradox(data_dir: Path) -> None:
    road, demand = _case(data_dir, "Braess-Example", "Braess")
    before = equilibrium.solve(road, demand, gap=1e-12)
    after = equilibrium.solve(without(road, 3), demand, gap=1e-12)
    assert before.cost @ before.flow == pytest.approx(6 * 92.0)
    assert after.cost @ after.flow == pytest.approx(6 * 83.0)


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "name", "size"),
    [
        ("SiouxFalls", "SiouxFalls", (24, 24, 76, 0, 360_600.0)),
        ("Anaheim", "Anaheim", (38, 416, 914, 38, 104_694.40)),
        ("Winnipeg", "Winnipeg", (147, 1_052, 2_836, 147, 64_784.0)),
        ("Braess-Example", "Braess", (2, 4, 5, 0, 6.0)),
        ("Eastern-Massachusetts", "EMA", (74, 74, 258, 0, 65_576.375431)),
    ],
)
def test_published_networks_are_as_large_as_their_readme_says(
    data_dir: Path, folder: str, name: str, size: tuple[int, int, int, int, float]
) -> None:
    road, demand = _case(data_dir, folder, name)
    zones, nodes, links, first, total = size
    assert (road.zones, road.nodes, len(road.link_from), road.first_through) == (
        zones, nodes, links, first
    )  # fmt: skip
    assert demand.trips.sum() == pytest.approx(total, abs=1e-6)
    assert (demand.trips > 0).all()
