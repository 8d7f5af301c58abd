"""Everything that the routes of the studio share, and the work that they start."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from layers.errors import InputError
from twin import consultation, maps, scenario, store
from twin.errors import StoreError
from twin.studio import drafts, figures
from twin.studio.engine import FULL, Engine
from twin.studio.jobs import Jobs
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.schema import Progress
    from twin.city import City
    from twin.consultation import Consultation
    from twin.result import Result
    from twin.studio.engine import Run
    from twin.studio.jobs import Job


@dataclass
class Studio:
    """A twin folder that people plan in.

    Parameters
    ----------
    root, city
        The twin folder and the City that it holds.
    engine, jobs
        What simulates, and the work under way.
    language
        Language of the page.
    page
        File of the public page.
    """

    root: Path
    city: City
    engine: Engine
    language: str
    page: Path
    jobs: Jobs = field(default_factory=Jobs)
    opening: Job | None = None
    changes: int = 0
    _town: tuple[figures.Town, dict[str, Any]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def consultation(self) -> Consultation | None:
        """What people are asked, as it stands now."""
        return consultation.of_twin(self.root)

    @property
    def town(self) -> tuple[figures.Town, dict[str, Any]] | None:
        """What the page draws; None until doing nothing is known."""
        return self._town

    def begin(self) -> None:
        """Simulate doing nothing, so that everything later starts warm."""
        self.opening = self.jobs.start(self._open)

    def _open(self, job: Job) -> Mapping[str, Any]:
        kept = kept_base(self.root, self.city)
        if kept is not None:
            self._draw(kept, job.progress)
            job.tell("town")
        base = self.engine.base(job.progress)
        if self._town is None:
            self._draw(base, job.progress)
        self.engine.before(max(self.city.year, datetime.now(UTC).year) + 1, job.progress)
        return {}

    def _draw(self, base: Result, progress: Progress) -> None:
        progress(words(self.language)["studio_drawing"], 0.95)
        self._town = figures.town(self.city, base, self.language)

    def changed(self) -> None:
        """Let every browser know that plans or contributions have changed."""
        with self._lock:
            self.changes += 1

    def simulate(self, draft: drafts.Draft, year: int | None) -> Job:
        """Begin to simulate a plan: what shows at once first, then the whole.

        Raises
        ------
        ScenarioError
            If the plan does not fit.
        BusyError
            If too much is under way.
        """
        draft.plan(self.city)

        def work(job: Job) -> Mapping[str, Any]:
            quick = self.engine.quick(draft, year, job.progress)
            if quick is not None:
                job.tell("preview", run=figures.told(quick, self.city))
            run = self.engine.full(draft, year, job.progress)
            return {"run": figures.told(run, self.city)}

        return self.jobs.start(work)

    def runs(self, names: Sequence[str]) -> list[Run]:
        """Runs that are still kept, by id.

        Raises
        ------
        UnknownError
            If one is not.
        """
        found = []
        for name in names:
            run = self.engine.runs.get(name)
            if run is None:
                raise drafts.UnknownError("run", name[:32], "is not kept.", "Simulate it again.")
            found.append(run)
        return found

    def publish(self, names: Sequence[str], title: str, summary: str, language: str) -> Job:
        """Begin to write the public page from runs.

        Raises
        ------
        InputError
            If a run is not kept, is a preview, or there is none.
        BusyError
            If too much is under way.
        """
        runs = self.runs(names)
        if not runs or any(run.grade != FULL for run in runs):
            advice = "Simulate the plans and choose at least one."
            raise InputError("page", "", "needs whole simulations.", advice)

        def work(job: Job) -> Mapping[str, Any]:
            job.progress(words(self.language)["studio_publishing"], 0.1)
            befores = {run.year: run.before for run in runs}
            results = [*befores.values(), *(_titled(run) for run in runs)]
            maps.publish(
                self.city, results, self.page, column="vehicles", language=language, title=title,
                summary=summary, consultation=self.consultation,
            )  # fmt: skip
            return {"page": "/page"}

        return self.jobs.start(work)


def _titled(run: Run) -> Result:
    return replace(run.result, record={**run.result.record, "title": run.title})


def opened(root: Path, language: str, page: Path | None = None) -> Studio:
    """Open a twin folder for planning; scenarios that it keeps become plans.

    Parameters
    ----------
    root
        Twin folder.
    language
        One of `twin.columns.LANGUAGES`.
    page
        File of the public page; beside the folder if None.

    Raises
    ------
    StoreError
        If it is no twin.
    """
    city = store.open(root)
    made = Studio(root, city, Engine(city), language, page or root.with_suffix(".public.html"))
    _adopt(root)
    return made


def _adopt(root: Path) -> None:
    """Make plans of the scenario files that the twin keeps and that are not plans yet."""
    known = set(drafts.names(root))
    for name in store.scenarios(root):
        if name in known:
            continue
        try:
            plan = scenario.read(store.scenario_file(root, name))
            drafts.create(root, name, body_of(plan))
        except (InputError, StoreError):
            continue  # `twin run` says what is wrong with it


def body_of(plan: scenario.Scenario) -> dict[str, Any]:
    """What a draft keeps of a scenario."""
    from twin import catalog

    optional = {"title": plan.title, "note": plan.note, "seed": plan.seed}
    return {
        **{name: value for name, value in optional.items() if value},
        "interventions": [catalog.write(one) for one in plan.interventions],
    }


def kept_base(root: Path, city: City) -> Result | None:
    """A kept run of doing nothing with this very City, to draw while the base is computed."""
    start = f"{figures.BASE}-{city.year}-"
    for name in reversed(store.runs(root)):
        if name.startswith(start):
            try:
                found = store.open_run(root, name)
            except (StoreError, OSError):
                continue
            if found.record.get("city") == city.digest:
                return found
    return None
