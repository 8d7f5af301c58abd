"""Traffic assignment on published networks: gap, objective, CPU time, beside AequilibraE.

AequilibraE (MIT licence with a clause added: work done with it names it) is installed into an environment of its own for the time of the
bench and runs in its own process, with the settings that are fair to it: no progress bars, threads
that wait without spinning, centroids not passed through. Nothing of the project imports it.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from layers import network
from tests.bench.frame import Row, at_most, data, environment, guarded, measured, told

PEER: Final = "AequilibraE (MIT with a clause added)"
BEST_KNOWN: Final = {
    "SiouxFalls": 4_231_335.28710744,
    "Anaheim": 1_286_032.17109603,
    "Winnipeg": 827_911.49462997,
}
"""Beckmann's objective at the best known flows, from the repository of the networks [veh min]."""
GAP, FINE, COARSE = 1e-6, 1e-10, 1e-4
TIMES_FASTER = 30.0
OBJECTIVE_BAR = 1.0
FINE_BAR, WARM_BAR = 2.0, 1.0 / 3.0
QUANTILES: Final = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Streets that are closed in turn: by rank of flow among those between junctions [1]."""

IMPORTS = """
import os, time
import numpy as np
from layers import network
from tests.twin.mobility.made_roads import made
from tests.twin.mobility.roads import beckmann, without
from twin.mobility import equilibrium
def least(work, times=5):
    # The least of some runs: what others do on the machine only ever adds.
    found = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        found.append(time.process_time() - start)
    return min(found), result
warm_up = made(20, 8, seed=1)
equilibrium.solve(*warm_up, warm=equilibrium.solve(*warm_up))
"""
READ = "road, trips = network.read_tntp({net!r}, {trips!r})"
WORK = """
cold, run = least(lambda: equilibrium.solve(road, trips, gap={gap}))
fine, exact = least(lambda: equilibrium.solve(road, trips, gap={fine}))
same = equilibrium.solve(road, trips, gap={gap}, threads=1).flow.tobytes() == run.flow.tobytes()
inner = (road.link_from >= road.first_through) & (road.link_to >= road.first_through)
used = np.flatnonzero(inner & (run.flow > 0.0))
ranked = used[np.argsort(run.flow[used])]
ratios = {{gap: [] for gap in ({gap}, {coarse})}}
warm = dict(ratios)
for share in {quantiles}:
    closed = without(road, int(ranked[int(share * len(ranked))]))
    for gap in ratios:
        again, _ = least(lambda: equilibrium.solve(closed, trips, gap=gap, warm=run), 3)
        anew, _ = least(lambda: equilibrium.solve(closed, trips, gap=gap), 3)
        ratios[gap] = [*ratios[gap], again / anew]
        warm[gap] = [*warm[gap], again]
free = np.flatnonzero(run.flow == 0.0)
moved = 0.0
if len(free):
    still = equilibrium.solve(without(road, int(free[0])), trips, gap={gap}, warm=run)
    moved = float(np.abs(still.flow - np.delete(run.flow, free[0])).max())
"""
TELL = """{{
    "solve": cold, "fine": fine, "same": same, "moved": moved,
    "objective": beckmann(road, run.flow), "gap": run.relative_gap,
    "exact_gap": exact.relative_gap, "node": run.certificate.node_residual,
    "ratio": float(np.median(ratios[{gap}])), "ratio_coarse": float(np.median(ratios[{coarse}])),
    "warm": float(np.median(warm[{gap}])), "warm_coarse": float(np.median(warm[{coarse}])),
}}"""

THEIRS = """
import json, sys, time
import numpy as np, pandas as pd
from aequilibrae.matrix import AequilibraeMatrix
from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass
given, gap = np.load(sys.argv[1]), float(sys.argv[2])
links = pd.DataFrame({name: given[name] for name in
                      ("a_node", "b_node", "capacity", "free_flow_time", "alpha", "beta")})
links = links.assign(link_id=np.arange(1, len(links) + 1), direction=1)
zones = np.arange(1, len(given["trips"]) + 1)
graph = Graph()
graph.network, graph.network_ok, graph.status = links, True, "OK"
graph.prepare_graph(zones)
graph.set_graph("free_flow_time")
graph.set_blocked_centroid_flows(bool(given["blocked"]))
matrix = AequilibraeMatrix()
matrix.create_empty(zones=len(zones), matrix_names=["car"], memory_only=True)
matrix.index[:], matrix.matrix["car"][:, :] = zones, given["trips"]
matrix.computational_view(["car"])
run = TrafficAssignment()
run.set_classes([TrafficClass("car", graph, matrix)])
run.set_vdf("BPR")
run.set_vdf_parameters({"alpha": "alpha", "beta": "beta"})
run.set_capacity_field("capacity")
run.set_time_field("free_flow_time")
run.set_algorithm("bfw")
run.max_iter, run.rgap_target = 10_000, gap
start = time.process_time()
run.execute()
cpu = time.process_time() - start
print(json.dumps({"cpu": cpu, "gap": float(run.assignment.rgap), "iterations": run.assignment.iter}))
"""


def rows(quick: bool) -> list[Row]:
    """Figures of the published networks with bars; quick: of a made one, without a peer."""
    if quick:
        return _made()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        python = environment(room / "peer", "aequilibrae")
        return [
            row
            for name in BEST_KNOWN
            for row in guarded(f"assignment, {name}", partial(_published, name, python, room))
        ]


def _made() -> list[Row]:
    given = "road, trips = made(30, 16, seed=2)"
    fields = {"gap": GAP, "fine": FINE, "coarse": COARSE, "quantiles": (0.5,)}
    used = measured(IMPORTS + given, WORK.format(**fields), TELL.format(**fields))
    what = "assignment, made network"
    return [
        Row(f"{what}: CPU to 1e-6", 1e3 * used["solve"], "ms"),
        at_most(f"{what}: relative gap", used["gap"] * 1e6, "1e-6", 1.0),
        at_most(f"{what}: node residual", used["node"], "veh/h", 1e-6),
    ]


def _published(name: str, python: str | None, room: Path) -> list[Row]:
    net, trips = (str(data("tntp", name, f"{name}_{part}.tntp")) for part in ("net", "trips"))
    fields = {"gap": GAP, "fine": FINE, "coarse": COARSE, "quantiles": QUANTILES}
    used = measured(
        IMPORTS + READ.format(net=net, trips=trips), WORK.format(**fields), TELL.format(**fields)
    )
    what, cpu = f"assignment, {name}", used["solve"]
    off = abs(used["objective"] / BEST_KNOWN[name] - 1.0)
    return [
        at_most(f"{what}: relative gap", used["gap"] * 1e6, "1e-6", 1.0),
        at_most(f"{what}: objective off the best known", off * 1e9, "1e-9", OBJECTIVE_BAR),
        _beside(what, cpu, _peer(python, room, net, trips) if python else {}),
        at_most(f"{what}: relative gap, fine", used["exact_gap"] * 1e10, "1e-10", 1.0),
        at_most(f"{what}: CPU to 1e-10 over CPU to 1e-6", used["fine"] / cpu, "1", FINE_BAR),
        at_most(f"{what}: one street closed, warm over cold, 1e-6", used["ratio"], "1",
                round(WARM_BAR, 2)),
        Row(f"{what}: one street closed, warm, 1e-6, CPU", 1e3 * used["warm"], "ms"),
        Row(f"{what}: one street closed, warm over cold, 1e-4", used["ratio_coarse"], "1"),
        Row(f"{what}: one street closed, warm, 1e-4, CPU", 1e3 * used["warm_coarse"], "ms"),
        at_most(f"{what}: unused street closed, largest change", used["moved"], "veh/h", 1e-6),
        at_most(f"{what}: other threads, other bits", float(not used["same"]), "1", 0.0),
        at_most(f"{what}: node residual", used["node"], "veh/h", 1e-6),
    ]  # fmt: skip


def _beside(what: str, cpu: float, theirs: dict[str, float]) -> Row:
    name = f"{what}: CPU {1e3 * cpu:.1f} ms to 1e-6, times faster than {PEER}"
    if not theirs:
        return Row(f"{what}: CPU to 1e-6", 1e3 * cpu, "ms", peer=f"{PEER} could not be installed")
    times = theirs["cpu"] / cpu
    said = f"{theirs['cpu']:.2f} CPU s, gap {theirs['gap']:.1e}, {theirs['iterations']:.0f} rounds"
    return Row(name, times, "1", f">= {TIMES_FASTER:g}", said, times >= TIMES_FASTER)


def _peer(python: str, room: Path, net: str, trips: str) -> dict[str, float]:
    """CPU time, gap and rounds of the peer (bfw) on the same network."""
    road, demand = network.read_tntp(net, trips)
    table = np.zeros((road.zones, road.zones))
    table[demand.origin, demand.destination] = demand.trips
    # A power below 1 is refused there; where nothing rises with flow, any other says the same.
    flat = road.power == 0.0
    given = room / "given.npz"
    np.savez(given, a_node=road.link_from + 1, b_node=road.link_to + 1, capacity=road.capacity,
             free_flow_time=road.free_time, alpha=np.where(flat, 0.0, road.alpha),
             beta=np.where(flat, 1.0, road.power), blocked=road.first_through > 0,
             trips=table)  # fmt: skip
    settings = {"AEQ_SHOW_PROGRESS": "FALSE", "OMP_WAIT_POLICY": "passive"}
    return told(python, THEIRS, str(given), str(GAP), settings=settings)
