"""Runs that the twin folder keeps: listed, opened to be compared, and runs of the studio kept there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from layers.errors import InputError
from twin import kept, scenario, store
from twin.errors import ScenarioError, StoreError
from twin.record import version
from twin.studio.drafts import UnknownError
from twin.studio.engine import FULL, Run, added
from twin.studio.figures import BASE

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Progress
    from twin.city import City
    from twin.result import Result
    from twin.scenario import Scenario
    from twin.studio.engine import Engine

HOLDS, CHANGED, OLDER = "", "city", "version"
"""A kept run still holds; the City has changed since; an older toolkit made it."""
LISTED: Final = 100
"""Kept runs that are listed, the newest [1]."""


class Beside(NamedTuple):
    """A kept run of a plan, and what it stands beside.

    Parameters
    ----------
    result, plan
        The run and its plan, or None where the plan does not fit the City any more.
    title
        Title of the plan.
    before
        Doing nothing in the same year, or None where none of the same City is kept.
    """

    result: Result
    plan: Scenario | None
    title: str
    before: Result | None


def listed(root: Path, city: City) -> list[dict[str, Any]]:
    """Kept runs of plans, the newest first: id, plan, year, day, and whether each still holds.

    Parameters
    ----------
    root
        The twin folder.
    city
        The City that is planned on.
    """
    found = []
    for name in reversed(store.runs(root)):
        try:
            one = store.saved(root, name)
        except (StoreError, OSError):
            continue  # a damaged run is nothing to compare with; `twin compare` says what is wrong
        if one.record.get("scenario") == BASE:
            continue
        found.append(
            {
                "id": name,
                "plan": str(one.record.get("scenario", name)),
                "year": int(one.record.get("year", city.year)),
                "saved": one.at.date().isoformat(),
                "old": _old(one, city),
            }
        )
    return found[:LISTED]


def _old(one: store.Saved, city: City) -> str:
    if one.city != city.digest:
        return CHANGED
    made_by = one.record.get("versions", {}).get("netzero-twin")
    return HOLDS if made_by == version("netzero-twin") else OLDER


def opened(root: Path, engine: Engine, name: str, progress: Progress) -> Run:
    """Open a kept run of a plan beside doing nothing.

    One that still holds stands beside doing nothing of this City, which is simulated where it is
    not kept; one that does not, beside doing nothing of the City that it was made of.

    Raises
    ------
    UnknownError
        If there is no such run.
    StoreError
        If it is damaged.
    InputError
        If it is a run without a plan, or nothing that it could be compared with is known.
    """
    found = _beside(root, engine.city, name)
    year = int(found.result.record["year"])
    before = found.before
    if found.plan is not None and before is None:
        before = engine.before(year, progress)
    if before is None:
        raise InputError(
            "run", name, "was made of the town before it was changed, and doing nothing of that "
            "town is not kept.", "Simulate the plan again.",
        )  # fmt: skip
    planned = found.plan.city(engine.city, year) if found.plan else engine.city
    run = Run(
        id=hashlib.blake2b(f"kept {name}".encode(), digest_size=8).hexdigest(),
        plan=str(found.result.record["scenario"]), year=year, grade=FULL, result=found.result,
        before=before, added=added(engine.city, planned), title=found.title,
        text=scenario.write(found.plan) if found.plan else "", holds=found.plan is not None,
    )  # fmt: skip
    engine.runs[run.id] = run
    return run


def _beside(root: Path, city: City, name: str) -> Beside:
    if name not in store.runs(root):
        raise UnknownError("run", name, "is not kept in the twin.", "Look at the list of runs.")
    text = store.run_inputs(root, name).get(kept.PLAN)
    if text is None:
        advice = "Choose a run of a plan; doing nothing stands beside each by itself."
        raise InputError("run", name, "is a run without a plan.", advice)
    result, told = store.open_run(root, name), store.saved(root, name)
    title = scenario.parse(text).title
    plan = _fitting(text, city, result) if _old(told, city) == HOLDS else None
    if plan is not None:
        return Beside(result, plan, title, kept.agreeing(root, city, None, result.record["year"]))
    return Beside(result, None, title, _idle(root, told))


def _fitting(text: str, city: City, result: Result) -> Scenario | None:
    """The plan of a run, if this City with it is the one that the run was made of."""
    try:
        plan = scenario.parse(text, city)
        standing = plan.city(city, int(result.record["year"]))
    except ScenarioError:
        return None
    return plan if standing.digest == result.record["city"] else None


def _idle(root: Path, of: store.Saved) -> Result | None:
    """The newest kept run of doing nothing in the same year, City and version as another run."""
    for name in reversed(store.runs(root)):
        try:
            one = store.saved(root, name)
        except (StoreError, OSError):
            continue
        same = [one.record.get(key) == of.record.get(key) for key in ("year", "versions")]
        if one.record.get("scenario") == BASE and one.city == of.city and all(same):
            return store.open_run(root, name)
    return None


def keep(root: Path, city: City, run: Run) -> str:
    """Keep a run of the studio in the twin folder, and doing nothing beside it.

    Returns
    -------
    str
        Id of the kept run, which `twin compare` and the other commands take.

    Raises
    ------
    InputError
        If it is a preview, or the twin was changed by another program meanwhile.
    StoreError
        If the folder cannot be written.
    """
    if run.grade != FULL or not run.text:
        advice = "Wait for the whole simulation."
        raise InputError("run", run.id, "is no whole simulation of this town.", advice)
    if store.open(root).digest != city.digest:
        raise InputError(
            "twin", root.name, "was changed since the studio was started.", "Start the studio again."
        )  # fmt: skip
    kept.keep(root, run.before)
    return kept.keep(root, run.result, scenario.parse(run.text, city))
