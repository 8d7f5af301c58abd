"""Which houses first, for a whole town: `twin retrofit` from its City to its ranking.

Shade, heat and cold by the hour as lived and by standard use, hot water, electricity and solar
modules of every building as it is and with each package of works, bills, ranking and streets of
works. On all processors, as whoever uses it would run it.
"""

from __future__ import annotations

import sys

from tests.bench._buildings_stock import FILE, GIBI
from tests.bench.frame import Row, at_most, data, told

CODE = """
import json, re, resource, sys, time
from pathlib import Path
from tests.bench import _buildings_stock as bench
from twin import retrofit_study
def peak():
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
town = bench.town(sys.argv[1])
stages = []
def tell(stage, done):
    stages.append(done)
retrofit_study.run(bench.few(town, 60))
start = time.process_time(), time.perf_counter()
study = retrofit_study.run(town, progress=tell)
cpu, wall = time.process_time() - start[0], time.perf_counter() - start[1]
fits = study.packages.fits
print(json.dumps({
    "cpu": cpu, "wall": wall, "memory": peak() * 1024 / 1e9, "told": len(stages),
    "widest": max(after - before for before, after in zip(stages, stages[1:])),
    "buildings": len(town.buildings), "houses": len(fits), "sets": fits.shape[1],
    "fits": float(fits.sum()),
    "residual": max(abs(value) for name, value in study.packages.base.record["balances"]["energy"].items()
                    if "residual" in name),
}))
"""
SECONDS, MEMORY = 120.0, 4.0 * GIBI
"""Bars for four packages [s], [GB]."""
STEPS = 100
"""Times that progress is told at least [1]."""


def rows(quick: bool) -> list[Row]:
    """Time, memory and progress of a study of a whole town."""
    if quick:
        return []
    run = told(sys.executable, CODE, str(data(*FILE)))
    name = f"{run['buildings']:,.0f} buildings, {run['sets']:.0f} packages each"
    seen = f"{run['told']:.0f} times, in steps of {run['widest']:.1%} at most"
    return [
        at_most(f"{name}: wall time; {run['cpu']:.0f} CPU s", run["wall"], "s", SECONDS),
        at_most(f"{name}: memory of the process", run["memory"], "GB", MEMORY),
        Row(f"{name}: progress told, {seen}", run["told"], "1", f">= {STEPS}", "", run["told"] >= STEPS),
        Row(f"{name}: packages that fit a house", run["fits"], "1"),
        at_most(f"{name}: what does not close", run["residual"] * 1e6, "1e-6", 1.0),
    ]  # fmt: skip
