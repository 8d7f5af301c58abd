"""Reach on foot from every junction of a large city, beside pandana on the same network.

pandana (AGPL-3.0) is installed into an environment of its own for the time of the bench and runs in
its own process; nothing of the project imports it. Lengths are whole millimetres, to which pandana
cuts them (half of one is added there for that), so that both must find the very same junctions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tests.bench.frame import Row, at_most, data, environment, equal, measured, told
from tests.twin.mobility.roads import grid

LIMIT = 1_200
"""Metres that everybody walks [m]."""

PEER = "pandana (AGPL-3.0)"

READ = """
import numpy as np
given = np.load({given!r})
tail, head, length, weight = (given[name] for name in ("tail", "head", "length", "weight"))
nodes = len(weight)
"""
OURS = (
    READ
    + """
from twin.mobility import reach
none, few = np.zeros((0, 0)), np.zeros(0, np.int64)
zero = np.zeros((2, 0))
warm = reach.net((few, few), 0, (np.zeros(0), np.zeros(0)), (none, none))
small = reach.net((np.array([0, 1]), np.array([1, 0])), 2, (np.ones(2), np.ones(2)), (zero, zero))
reach.around(small, 1.0, np.ones((2, 1)))
"""
)
WORK = """
nothing = np.zeros((len(tail), 0))
of = reach.net((tail, head), nodes, (length, length), (nothing, nothing))
met, sums = reach.around(of, {limit} * 1000.0, weight[:, None], threads=1)
np.savez({found!r}, met=met, sums=sums[:, 0])
"""
THEIRS = (
    "import json, os, time\nos.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})\n"
    + READ
    + """
import pandana, pandas as pd
start = time.process_time()
place = np.arange(nodes, dtype=float)
net = pandana.Network(pd.Series(place), pd.Series(place), pd.Series(tail), pd.Series(head),
                      pd.DataFrame({{"metres": (length + 0.5) / 1000.0}}), twoway=True)
net.precompute({limit})
ready = time.process_time()
ids = pd.Series(np.arange(nodes))
net.set(ids, variable=pd.Series(np.ones(nodes)), name="one")
net.set(ids, variable=pd.Series(weight), name="weight")
met, sums = (net.aggregate({limit}, type="sum", decay="flat", name=name).to_numpy()
             for name in ("one", "weight"))
done = time.process_time()
np.savez({found!r}, met=met, sums=sums)
print(json.dumps({{"prepare": ready - start, "query": done - ready}}))
"""
)

EVERYBODY = """
from twin import build
from twin.mobility import access
from twin.mobility.active import active_parameters
from tests.twin.cities import tiny
parameters = active_parameters()
def run(city, **more):
    return access.run(city.buildings, city.places, city.streets, city.junctions, parameters,
                      stops=city.stops, addresses=city.addresses, **more)
run(tiny(), ways=["bicycle", "car"], opportunities=True)
"""
ALL = 'found = run(city, ways=["bicycle", "ebike", "car"])'
REACHED = "found = run(city, opportunities=True)"
TELL = '{"doors": len(found.frame) + len(found.addresses)}'
BARS = {"needs": 5.0, "jobs": 20.0}
"""Most CPU time of the minutes of all modes, and of walks and rides with jobs and shops [s]."""


def rows(quick: bool) -> list[Row]:
    """CPU times on one core and the number of junctions whose reach differs from the peer's."""
    return [*_beside(quick), *([] if quick else _everybody())]


def _everybody() -> list[Row]:
    """Minutes of all modes for every building and address of a country; jobs in reach."""
    path = str(data("osm", "liechtenstein-2021-05-05.osm.pbf"))
    given = EVERYBODY + f"city = build.from_osm({path!r})\n"
    needs, jobs = (measured(given, work, TELL) for work in (ALL, REACHED))
    who = f"{needs['doors']:,.0f} buildings and addresses of Liechtenstein"
    return [
        at_most(f"minutes to needs by four modes, {who}: CPU", needs["cpu"], "s", BARS["needs"]),
        at_most(f"the same on foot and by bicycle, with jobs within 30 min and shops within 15, "
                f"{who}: CPU", jobs["cpu"], "s", BARS["jobs"]),
    ]  # fmt: skip


def _beside(quick: bool) -> list[Row]:
    """The peer's figures and ours on the same network."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        name, given = _given(room, quick)
        ours = measured(
            OURS.format(given=given), WORK.format(limit=LIMIT, found=str(room / "ours.npz"))
        )
        what = f"walks of {LIMIT:,} m from every junction of {name}"
        theirs = {} if quick else _peer(room, given)
        if not theirs:
            why = "not measured" if quick else f"{PEER} could not be installed"
            return [Row(f"{what}: CPU", ours["cpu"], "s", peer=why)]
        both = f"{PEER} {theirs['prepare']:.2f} + {theirs['query']:.2f} s"
        whole = theirs["prepare"] + theirs["query"]
        return [
            at_most(f"{what}: CPU", ours["cpu"], "s", round(whole, 2), both),
            Row(f"{what}: times faster", whole / ours["cpu"], "1", peer=both),
            equal(f"{what}: junctions with another reach", _differ(room), "1", 0, PEER),
        ]


def _given(room: Path, quick: bool) -> tuple[str, str]:
    """Write the network and made-up offers of its junctions; returns a name for it and the file."""
    from twin import build
    from twin.mobility import walking

    if quick:
        streets, junctions, _ = grid(40, 4, 1_000)
        streets = streets.assign(walk_forward=True, walk_backward=True)
    else:
        city = build.from_osm(str(data("osm", "poa.osm.pbf")))
        streets, junctions = city.streets, city.junctions
    walks = walking.network(streets, junctions, 0.0)
    both = walks.forward & walks.backward
    weight = np.random.default_rng(1).integers(0, 100, walks.nodes).astype(float)
    file = room / "given.npz"
    np.savez(file, tail=walks.tail[both], head=walks.head[both],
             length=np.round(walks.length[both] * 1000.0), weight=weight)  # fmt: skip
    where = "a grid" if quick else "Porto Alegre"
    return f"{where} ({walks.nodes:,})", str(file)


def _peer(room: Path, given: str) -> dict[str, float]:
    """Times of the peer; none if it cannot be installed."""
    python = environment(room / "peer", "pandana")
    if python is None:
        return {}
    return told(python, THEIRS.format(given=given, limit=LIMIT, found=str(room / "theirs.npz")))


def _differ(room: Path) -> int:
    """Junctions for which count or sum of what they reach are not the same."""
    ours, theirs = np.load(room / "ours.npz"), np.load(room / "theirs.npz")
    other = (ours["met"] != theirs["met"]) | (ours["sums"] != theirs["sums"])
    return int(other.sum())
