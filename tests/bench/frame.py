"""What every bench yields, and how it is measured: in a process of its own, on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure of a bench.

    Parameters
    ----------
    name
        What was measured, on what.
    value, unit
        The figure.
    bar
        What it must reach, in words: "<= 10"; empty if it is only told.
    peer
        The same figure of a neighbouring tool, in words; empty if none was measured.
    holds
        Whether the bar is reached; None if there is none.
    """

    name: str
    value: float
    unit: str
    bar: str = ""
    peer: str = ""
    holds: bool | None = None


def at_most(name: str, value: float, unit: str, bar: float, peer: str = "") -> Row:
    """A figure that must not pass a bar."""
    return Row(name, value, unit, f"<= {bar:g}", peer, value <= bar)


def equal(name: str, value: float, unit: str, bar: float, peer: str = "") -> Row:
    """A figure that must be met exactly."""
    return Row(name, value, unit, f"= {bar:g}", peer, value == bar)


def between(name: str, value: float, unit: str, bars: tuple[float, float], peer: str = "") -> Row:
    """A figure that must lie within a range, ends included."""
    lower, upper = bars
    return Row(name, value, unit, f"{lower:g} to {upper:g}", peer, lower <= value <= upper)


def measured(imports: str, work: str, tell: str = "{}") -> dict[str, float]:
    """Run code in a fresh process on one core and measure what comes after its imports.

    Parameters
    ----------
    imports
        Statements that are not measured.
    work
        Statements that are.
    tell
        Expression of a dict with figures of the bench's own.

    Returns
    -------
    dict
        cpu [s], wall [s], memory [MB] above that after the imports, and what `tell` adds.
    """
    code = f"""
import json, os, re, resource, time
from pathlib import Path
def peak():
    # Not ru_maxrss alone: it begins with that of the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
{imports}
start = time.process_time(), time.perf_counter()
before = peak()
{work}
cpu, wall = time.process_time() - start[0], time.perf_counter() - start[1]
memory = (peak() - before) * 1024 / 1e6
print(json.dumps({{"cpu": cpu, "wall": wall, "memory": memory, **({tell})}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def environment(home: Path, *packages: str) -> str | None:
    """Python of a fresh environment with a peer in it; None if it cannot be installed."""
    venv.create(home, with_pip=True)
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", *packages]
    done = subprocess.run(install, capture_output=True, check=False)
    return None if done.returncode else python


def data(*parts: str) -> Path:
    """A file of the larger test data that TWIN_TEST_DATA names."""
    folder = os.environ.get("TWIN_TEST_DATA", "")
    if not folder:
        raise SystemExit(
            "Set TWIN_TEST_DATA to the folder of the larger test data, or use --quick."
        )
    return Path(folder).joinpath(*parts)
