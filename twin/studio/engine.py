"""What the studio simulates: doing nothing once, each plan from there, nothing twice.

A run starts warm from doing nothing, so that its result does not depend on what was tried before;
stages whose inputs are the same are taken from what is kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from layers.errors import InputError
from twin import preview, scenario, simulate
from twin.domains import STANDARD
from twin.ledger import Ledger
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import pandas as pd

    from layers.schema import Progress
    from twin.city import City
    from twin.domain import Domain
    from twin.scenario import Scenario
    from twin.studio import drafts

Kept = TypeVar("Kept")

STAGES: Final = 48
"""Outcomes of stages that are kept [1]."""
RUNS: Final = 24
"""Runs that are kept to be looked at and compared [1]."""
PATIENCE: Final = 0.1
"""How often those who wait for doing nothing hear how far it is [s]."""
WAITS: Final = "waiting for the town without a plan"
FULL, QUICK = "full", "quick"


class Recent(MutableMapping[str, Kept]):
    """A mapping of bounded size that forgets what was used longest ago; for several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._held: OrderedDict[str, Kept] = OrderedDict()

    def __getitem__(self, key: str) -> Kept:
        with self._lock:
            self._held.move_to_end(key)
            return self._held[key]

    def __setitem__(self, key: str, value: Kept) -> None:
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def __delitem__(self, key: str) -> None:
        with self._lock:
            del self._held[key]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._held))

    def __len__(self) -> int:
        return len(self._held)


@dataclass(frozen=True)
class Run:
    """One plan in one year, beside doing nothing in the same year.

    Parameters
    ----------
    id
        Made of the plan's content, the year and the grade [16 hex digits].
    plan, year, grade
        Name of the plan, the year, and whether it is the whole simulation (``full``) or other
        ways of cars alone (``quick``).
    result, before
        With the plan, and without.
    added
        Objects that only the plan has, by table.
    title
        Title of the plan, for readers.
    text
        The plan as a scenario file; empty for a kept run that does not fit the City any more.
    holds
        Whether it is a run of the City as it is.
    """

    id: str
    plan: str
    year: int
    grade: str
    result: Result
    before: Result
    added: dict[str, gpd.GeoDataFrame]
    title: str = ""
    text: str = ""
    holds: bool = True


class Engine:
    """A City that stands ready to be changed.

    Parameters
    ----------
    city
        The City.
    domains
        What is computed.
    """

    def __init__(self, city: City, domains: Sequence[Domain] = STANDARD) -> None:
        self.city = city
        self.runs: Recent[Run] = Recent(RUNS)
        self._stages: Recent[Any] = Recent(STAGES)
        self._before: Recent[Result] = Recent(RUNS)
        self._plans: Recent[Scenario] = Recent(RUNS)
        self._run = partial(simulate.run, city, cache=self._stages, domains=domains)
        self._base: Result | None = None
        self._stage = ("", 0.0)
        self._lock = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether doing nothing is known."""
        return self._base is not None

    def base(self, progress: Progress) -> Result:
        """Doing nothing in the City's own year: the state that every run starts from.

        Whoever comes while somebody computes it waits, hears how far it is, and may go.
        """
        while not self._lock.acquire(timeout=PATIENCE):
            stage, share = self._stage
            progress(f"{WAITS}: {stage}" if stage else WAITS, share)

        def tell(stage: str, share: float) -> None:
            self._stage = (stage, share)
            progress(stage, share)

        try:
            if self._base is None:
                self._base = self._run(progress=tell)
            return self._base
        finally:
            self._lock.release()

    def before(self, year: int, progress: Progress) -> Result:
        """Doing nothing until a year."""
        base = self.base(progress)
        if year == self.city.year:
            return base
        key = str(year)
        if key not in self._before:
            self._before[key] = self._run(year=year, warm=base, progress=progress)
        return self._before[key]

    def plan(self, draft: drafts.Draft) -> Scenario:
        """What a draft plans, read and checked once for each of its states.

        Raises
        ------
        ScenarioError
            With every fault of the plan.
        """
        key = _said(draft.name, draft.body)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = draft.plan(self.city)
        return found

    def reach(self, draft: drafts.Draft) -> dict[str, tuple[str, pd.Index]]:
        """Table and objects that each measure of a plan reaches in the end, by its id.

        Raises
        ------
        ScenarioError
            With every fault of the plan.
        """
        if not draft.body.get("interventions"):
            return {}
        plan = self.plan(draft)
        found = plan.realised(self.city, plan.last_year)
        return {one.id: (one.table, found[one.id]) for one in plan.interventions}

    def quick(self, draft: drafts.Draft, year: int | None, progress: Progress) -> Run | None:
        """Other ways of cars alone, within about a second; None where that cannot be told.

        Raises
        ------
        ScenarioError
            If the plan does not fit the City.
        """
        plan, counted, key = self._named(draft, year, QUICK)
        if key not in self.runs:
            base, planned = self.base(progress), plan.city(self.city, counted)
            try:
                found = preview.run(planned, base, progress=progress)
            except InputError:
                return None  # the whole simulation says what is wrong, or does without
            record = {"scenario": plan.name, "year": counted, "limits": list(found.limits)}
            result = Result({"streets": found.streets}, Ledger.empty(), record)
            self._keep(key, draft, counted, QUICK, result, base, planned, plan)
        return self.runs[key]

    def full(self, draft: drafts.Draft, year: int | None, progress: Progress) -> Run:
        """The whole simulation of a plan.

        Raises
        ------
        ScenarioError
            If the plan does not fit the City.
        BlockedError
            If it leaves a line of buses no way.
        """
        plan, counted, key = self._named(draft, year, FULL)
        if key not in self.runs:
            before = self.before(counted, progress)
            result = self._run(plan, year=counted, warm=self.base(progress), progress=progress)
            result = replace(result, warm={})
            planned = plan.city(self.city, counted)
            self._keep(key, draft, counted, FULL, result, before, planned, plan)
        return self.runs[key]

    def _named(
        self, draft: drafts.Draft, year: int | None, grade: str
    ) -> tuple[Scenario, int, str]:
        plan = self.plan(draft)
        counted = year or max(plan.last_year, self.city.year)
        said = _said(self.city.digest, draft.name, draft.body, counted, grade)
        return plan, counted, hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def _keep(
        self,
        key: str,
        draft: drafts.Draft,
        year: int,
        grade: str,
        result: Result,
        before: Result,
        planned: City,
        plan: Scenario,
    ) -> None:
        fresh = added(self.city, planned)
        title, text = plan.title or draft.name, scenario.write(plan)
        self.runs[key] = Run(key, draft.name, year, grade, result, before, fresh, title, text)


def added(city: City, planned: City) -> dict[str, gpd.GeoDataFrame]:
    """Streets and buildings that only the plan has.

    Parameters
    ----------
    city, planned
        The City without the plan, and with it.
    """
    found = {}
    for table in ("streets", "buildings"):
        old, new = city.table(table), planned.table(table)
        if new is not old and len(new.index.difference(old.index)):
            found[table] = new.loc[new.index.difference(old.index, sort=False)]
    return found


def _said(*parts: Any) -> str:
    """Plain values as one text, the same for the same content."""
    return json.dumps(parts, sort_keys=True)
