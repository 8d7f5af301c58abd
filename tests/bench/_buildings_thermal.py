"""Speed of the hourly thermal models, beside rcbsim (the 5R1C model in Python).

CPU time of one core; zones share nothing, so two cores do twice as many. The sun on the facades is
given. rcbsim (MIT) is installed into an environment of its own for the time of the bench.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.frame import Row, at_most, environment, measured, told

CORES = 2
BARS = {"iso52016": 1_200.0, "5r1c": 7_000.0}
"""Least buildings a second on two cores."""

COUNTS = {"iso52016": 400, "5r1c": 2_000}
"""How many are measured: about half a second."""

GIVEN = """
from tests.twin.energy import rooms
from twin.energy import thermal
from twin.energy.thermal_zone import Schedule
from twin.energy.zone_arrays import arrays
weather = rooms.year()
night = Schedule(heating=[17.0] * 6 + [21.0] * 17 + [17.0], cooling=(26.0,), gains=[0.4] * 8 + [1.0] * 16)
windows = tuple(rooms.Window(str(side), 3.0, 90.0, side, rooms.CLEAR) for side in (0, 90, 180, 270))
box = rooms.box(rooms.HEAVY, windows=windows, schedule=night, gains_convective=120.0, gains_radiative=80.0)
one = {zone}
light = thermal.sun_table(one, weather)
thermal.simulate(one, weather, model={model!r}, sun=light)
many = rooms.repeated(one, {count})
"""
WORK = "found = thermal.simulate(many, weather, model={model!r}, sun=light, threads=1)"
TELL = (
    '{"heating": found.annual["heating"].iloc[0], "residual": found.annual["residual"].abs().max()}'
)
SHAPES = {
    "walls in one element, windows in one": "rooms.lumped(box)",
    "ten elements": "arrays([box])",
}
PEER = "rcbsim 0.3b0 (MIT)"
THEIRS = """
import json, os, time
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from rcbsim.building_physics import Zone
zone, mass = Zone(), 20.0
start = time.process_time()
for hour in range(8760):
    zone.solve_energy(200.0, 300.0, 5.0, mass)
    mass = zone.t_m_next
print(json.dumps({"cpu": time.process_time() - start}))
"""


def rows(quick: bool) -> list[Row]:
    """Buildings a second by both models, what does not close, and the peer."""
    found: list[Row] = []
    speed: dict[str, float] = {}
    for model, bar in BARS.items():
        for shape, zone in SHAPES.items():
            count = 20 if quick else COUNTS[model]
            figures = measured(
                GIVEN.format(zone=zone, model=model, count=count), WORK.format(model=model), TELL
            )
            rate = CORES * count / figures["cpu"]
            speed[model] = max(speed.get(model, 0.0), rate)
            name = f"hourly years by {model}, {shape}"
            judged = shape == next(iter(SHAPES)) and not quick
            found += [
                Row(f"{name}: buildings a second on {CORES} cores", rate, "1/s",
                    f">= {bar:g}" if judged else "", "", rate >= bar if judged else None),
                at_most(f"{name}: balance that does not close", figures["residual"] * 1e6, "1e-6", 1.0),
            ]  # fmt: skip
    return [*found, *_beside(speed, quick)]


def _beside(speed: dict[str, float], quick: bool) -> list[Row]:
    if quick:
        return []
    seconds = _peer()
    if seconds is None:
        return [Row(f"times faster than {PEER}", 0.0, "1", peer="not installed")]
    said = f"{PEER}: {seconds:.2f} CPU s a year"
    return [
        Row(
            f"times faster than {PEER}, {model}, core by core",
            rate / CORES * seconds,
            "1",
            peer=said,
        )
        for model, rate in speed.items()
    ]


def _peer() -> float | None:
    """CPU time of a year by rcbsim [s]; None if it cannot be installed."""
    with tempfile.TemporaryDirectory() as folder:
        # Without what it says it needs: it names old versions, and needs only these two to work.
        python = environment(Path(folder) / "peer", "numpy", "pandas", bare="rcbsim")
        return None if python is None else told(python, THEIRS)["cpu"]
