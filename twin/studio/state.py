"""Everything that the routes of the studio share, and the work that they start."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from layers.errors import InputError
from twin import consultation, publication, scenario, store, uncertainty
from twin.errors import StoreError
from twin.mobility.paths import threads_available
from twin.studio import drafts, figures, shelf
from twin.studio.engine import FULL, Engine
from twin.studio.jobs import Jobs
from twin.studio.opening import Drawn
from twin.studio.opening import work as open_town

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from layers.schema import Progress
    from twin.city import City
    from twin.consultation import Consultation
    from twin.result import Result
    from twin.studio.engine import Run
    from twin.studio.jobs import Job
    from twin.studio.messages import Page


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
    drawn
        What the page can draw by now; None until the town is laid out.
    """

    root: Path
    city: City
    engine: Engine
    language: str
    page: Path
    jobs: Jobs = field(default_factory=Jobs)
    opening: Job | None = None
    changes: int = 0
    drawn: Drawn | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def consultation(self) -> Consultation | None:
        """What people are asked, as it stands now."""
        return consultation.of_twin(self.root)

    def begin(self) -> None:
        """Draw the town and simulate doing nothing, so that everything later starts warm."""
        self.opening = self.jobs.start(
            lambda job: open_town(job, self.root, self.engine, self.language, self._show)
        )

    def _show(self, drawn: Drawn) -> None:
        self.drawn = drawn

    def changed(self) -> None:
        """Let every browser know that plans or contributions have changed."""
        with self._lock:
            self.changes += 1

    def simulate(self, draft: drafts.Draft, year: int | None, shown: Sequence[str] = ()) -> Job:
        """Begin to simulate a plan: what shows at once first, then the whole.

        Parameters
        ----------
        draft, year
            The plan, and the year to show; its last one if None.
        shown
            Figures, as ``table.column``, that the preview brings along: nobody has to ask for
            them while the whole simulation is under way.

        Raises
        ------
        ScenarioError
            If the plan does not fit.
        BusyError
            If too much is under way.
        """
        self.engine.plan(draft)

        def work(job: Job) -> Mapping[str, Any]:
            quick = self.engine.quick(draft, year, job.progress)
            if quick is not None:
                job.tell(
                    "preview",
                    run=figures.told(quick, self.city, self.language),
                    **self._seen(quick, shown),
                )
            run = self.engine.full(draft, year, job.progress)
            return {"run": figures.told(run, self.city, self.language)}

        return self.jobs.start(work)

    def _seen(self, run: Run, shown: Sequence[str]) -> dict[str, Any]:
        """Figures of a run, as they are asked for by name."""
        if self.drawn is None or self.drawn.town.base is None:
            return {"figures": {}}
        town = self.drawn.town
        parts = {name: name.partition(".") for name in shown}
        found = {
            name: figures.compared(town, [run], table, column)
            for name, (table, _, column) in parts.items()
        }
        return {"figures": {name: one for name, one in found.items() if one is not None}}

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

    def open_kept(self, name: str) -> Job:
        """Begin to open a run that the twin folder keeps.

        Raises
        ------
        BusyError
            If too much is under way.
        """

        def work(job: Job) -> Mapping[str, Any]:
            run = shelf.opened(self.root, self.engine, name, job.progress)
            return {"run": figures.told(run, self.city, self.language)}

        return self.jobs.start(work)

    def publish(self, wanted: Page) -> Job:
        """Begin to write the public page from runs.

        Raises
        ------
        InputError
            If a run is not kept, is a preview, is of a town that has changed, or there is none.
        BusyError
            If too much is under way.
        """
        runs = self.runs(wanted.runs)
        if not runs or any(run.grade != FULL for run in runs):
            advice = "Simulate the plans and choose at least one."
            raise InputError("page", "", "needs whole simulations.", advice)
        if not all(run.holds for run in runs):
            advice = "Simulate the plan again."
            raise InputError(
                "page", "", "shows the town as it is; a run is of an earlier one.", advice
            )

        def work(job: Job) -> Mapping[str, Any]:
            befores = {run.year: run.before for run in runs}
            results = [*befores.values(), *(_titled(run) for run in runs)]
            bands = self._bands(runs, job.progress) if wanted.bands else {}
            job.progress("writing the page", 0.9)
            publication.publish(
                self.root, self.city, results, self.page, language=wanted.language,
                title=wanted.title, summary=wanted.summary, bands=bands,
                plans={
                    str(run.result.record["scenario"]): scenario.parse(run.text)
                    for run in runs if run.text
                },
            )  # fmt: skip
            return {"page": "/page"}

        return self.jobs.start(work)

    def _bands(self, runs: Sequence[Run], progress: Progress) -> dict[str, pd.DataFrame]:
        """How sure the change of each street is, as `twin uncertainty` works it out."""
        found = {}
        with ThreadPoolExecutor(threads_available()) as threads:
            for number, run in enumerate(runs):
                tell = partial(_part, progress, number, len(runs))
                plan = scenario.parse(run.text, self.city)
                made = uncertainty.run(
                    self.city, plan, year=run.year, executor=threads, progress=tell
                )
                found[f"{plan.name}-{run.year}"] = made.streets
        return found


def _part(progress: Progress, number: int, count: int, stage: str, done: float) -> None:
    progress(stage, 0.9 * (number + done) / count)


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
    target = page or root.with_suffix(".public.html")
    made = Studio(root, city, Engine(city), language, target, Jobs(language))
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
