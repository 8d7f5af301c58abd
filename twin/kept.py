"""Runs that a twin keeps: under which name, of which plan, and whether one still holds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layers.errors import InputError, TwinError
from twin import scenario, store
from twin.record import version
from twin.simulate import BASELINE

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result
    from twin.scenario import Scenario

PLAN: Final = "scenario.yaml"
"""Name of the plan among the inputs of a run."""
ENDINGS: Final = (".yaml", ".yml")


@dataclass(frozen=True)
class Named:
    """A plan that somebody named.

    Parameters
    ----------
    plan
        What it does.
    run
        Id of the kept run that was named, empty where a file or a scenario was.
    year
        Year of that run [a], or None.
    """

    plan: Scenario
    run: str = ""
    year: int | None = None


def slug(name: str) -> str:
    """A name as small letters, digits and hyphens; ``city`` where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "city"


def keep(path: Path, result: Result, plan: Scenario | None = None) -> str:
    """Keep a run in the twin under a name of plan, year and digest; the same run is kept once.

    Parameters
    ----------
    path
        The twin.
    result
        The run.
    plan
        What was simulated, or None.
    """
    name = run_id(result)
    if name in store.runs(path):
        return name
    return store.save_run(path, name, result, inputs={PLAN: scenario.write(plan)} if plan else {})


def run_id(result: Result) -> str:
    """Name under which a run is kept: plan, year and digest."""
    record = result.record
    digest = str(record.get("digest", ""))[:8]
    return f"{slug(record['scenario'])}-{record['year']}-{digest}"


def named(path: Path, name: str, city: City) -> Named:
    """Find the plan that a file, a scenario of the twin, or a kept run holds.

    Parameters
    ----------
    path
        The twin.
    name
        Path of a scenario file, name of a kept scenario, id of a kept run or how it begins.
    city
        The City that the plan must fit.

    Raises
    ------
    InputError
        If it is none of these, or the run is one without a plan.
    """
    if Path(name).suffix in ENDINGS or Path(name).is_file():
        return Named(scenario.read(Path(name), city))
    if name in store.scenarios(path):
        return Named(scenario.read(store.scenario_file(path, name), city))
    known = store.runs(path)
    fitting = [one for one in known if one == name or one.rsplit("-", 2)[0] == name]
    fitting = fitting or [one for one in known if one.startswith(f"{name}-")]
    if not fitting:
        plans = sorted({one.rsplit("-", 2)[0] for one in known} | set(store.scenarios(path)))
        advice = f"Name a scenario file, or one of: {', '.join(plans) or 'nothing is kept'}."
        raise InputError(str(path), name, "is no plan that is known here.", advice)
    run_id = fitting[-1]
    text = store.run_inputs(path, run_id).get(PLAN)
    if text is None:
        advice = "Name a plan; doing nothing stands beside each by itself."
        raise InputError(str(path), run_id, "is a run without a plan.", advice)
    year = int(store.open_run(path, run_id).record["year"])
    return Named(scenario.parse(text, city), run_id, year)


def agreeing(path: Path, city: City, plan: Scenario | None, year: int) -> Result | None:
    """The newest kept run of a plan and year that this City and this version would make again.

    Parameters
    ----------
    path
        The twin.
    city
        The City before the plan.
    plan
        What is simulated, or None.
    year
        Year of the result [a].
    """
    standing = plan.city(city, year) if plan else city
    wanted = {
        "scenario": plan.name if plan else BASELINE,
        "year": year,
        "city": standing.digest,
    }
    text = scenario.write(plan) if plan else None
    stem = f"{slug(str(wanted['scenario']))}-{year}-"
    for run_id in reversed([one for one in store.runs(path) if one.startswith(stem)]):
        try:
            found = store.open_run(path, run_id)
        except TwinError:  # a damaged run is made again
            continue
        same = all(found.record.get(name) == value for name, value in wanted.items())
        now = found.record.get("versions", {}).get("netzero-twin") == version("netzero-twin")
        told = "people" in found.record
        if same and now and told and store.run_inputs(path, run_id).get(PLAN) == text:
            return found
    return None
