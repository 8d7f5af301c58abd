"""What every bench yields, and how it is measured: in a process of its own, on one core."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND: Final = 3_600.0
"""Wall time after which a measurement is given up [s]."""


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
    return told(sys.executable, code)


def told(
    python: str, code: str, *arguments: str, settings: dict[str, str] | None = None
) -> dict[str, float]:
    """Figures that code prints as JSON on its last line, run in a process of its own.

    Parameters
    ----------
    python
        Interpreter: this one, or that of a peer's `environment`.
    code, arguments
        What it runs.
    settings
        Environment variables besides those of this process.

    Raises
    ------
    RuntimeError
        If it fails.
    TimeoutError
        If it is not done in time.
    """
    command = [python, "-c", code, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BOUND,
                              env={**os.environ, **(settings or {})})  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"not done after {BOUND:g} s") from None
    if done.returncode:
        raise RuntimeError(done.stderr or f"ended with {done.returncode}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def topics(kind: str, quick: bool) -> list[Row]:
    """Rows of every ``_<kind>_<topic>.py`` beside this file."""
    names = sorted(file.stem for file in Path(__file__).parent.glob(f"_{kind}_*.py"))
    return [row for name in names for row in attempted(name, quick)]


def attempted(name: str, quick: bool) -> list[Row]:
    """Rows of the bench in a file beside this one, which `guarded` keeps from breaking others."""
    return guarded(
        name.lstrip("_"), lambda: importlib.import_module(f"tests.bench.{name}").rows(quick)
    )


def guarded(what: str, rows: Callable[[], list[Row]]) -> list[Row]:
    """Rows of a measurement; if it fails, one that says why, so that all others are still told."""
    try:
        return rows()
    except Exception as error:  # noqa: BLE001 - whatever fails must not cost the other rows
        why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        return [Row(f"{what}: not measured", 0.0, "1", "measured", why[:120], holds=False)]


def environment(home: Path, *packages: str, bare: str | None = None) -> str | None:
    """Python of a fresh environment with a peer in it; None if it cannot be installed.

    Parameters
    ----------
    home
        Folder of the environment.
    packages
        To be installed with all they need, as wheels.
    bare
        To be installed before them without what it says it needs, from source if need be.
    """
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip = [python, "-m", "pip", "install", "--quiet"]
    steps = [[*pip, "--only-binary=:all:", *packages]]
    if bare is not None:
        steps.insert(0, [*pip, "--no-deps", bare])
    try:
        venv.create(home, with_pip=True)
        for step in steps:
            subprocess.run(step, capture_output=True, check=True, timeout=BOUND)
    except (OSError, subprocess.SubprocessError):
        return None
    return python


def data(*parts: str) -> Path:
    """A file of the larger test data that TWIN_TEST_DATA names."""
    folder = os.environ.get("TWIN_TEST_DATA", "")
    if not folder:
        raise SystemExit(
            "Set TWIN_TEST_DATA to the folder of the larger test data, or use --quick."
        )
    return Path(folder).joinpath(*parts)
