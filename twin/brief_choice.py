"""What a brief is about: a City, doing nothing, and plans beside it, all in one year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from layers.errors import InputError
from layers.schema import silent
from twin import affected, impact, kept, ranges, reports, simulate, uncertainty
from twin.brief_money import money
from twin.spreads import Ends

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    import pandas as pd

    from layers.schema import Progress
    from twin.affected import Affected
    from twin.brief_money import Money
    from twin.city import City
    from twin.consultation import Consultation
    from twin.result import Result
    from twin.scenario import Scenario
    from twin.uncertainty import Bands

MOST: Final = 4
"""Plans that two pages have room for [1]."""


@dataclass(frozen=True)
class Option:
    """A plan and what comes of it.

    Parameters
    ----------
    plan
        What it does.
    result
        Its run.
    affected
        Who is affected.
    bands
        How sure the change of traffic is, where draws were made.
    after
        The City under the plan; None where nobody knows it any more.
    """

    plan: Scenario
    result: Result
    affected: Affected
    bands: Bands | None = None
    after: City | None = None

    @property
    def title(self) -> str:
        """Title for readers; the name where it has none."""
        return self.plan.title or self.plan.name


@dataclass(frozen=True)
class Choice:
    """Doing nothing and the plans beside it.

    Parameters
    ----------
    city
        The City before.
    year
        Year of all results [a].
    nothing
        The run without a plan.
    options
        The plans.
    ask, contact
        The decision asked and whom to write to, in the office's own words; may be empty.
    consultation
        What people are asked, or None.
    """

    city: City
    year: int
    nothing: Result
    options: tuple[Option, ...]
    ask: str = ""
    contact: str = ""
    consultation: Consultation | None = None

    def place(self, option: Option) -> int:
        """Where a plan stands among the plans."""
        return next(number for number, one in enumerate(self.options) if one is option)

    @cached_property
    def compared(self) -> list[dict[tuple[str, str], dict[str, Any]]]:
        """Rows of the comparisons that reports print, of each plan, by source and name."""
        return [_compared(self.nothing, one.result) for one in self.options]

    @cached_property
    def reached(self) -> list[dict[str, pd.Index]]:
        """Objects that each measure of each plan has reached, by its id."""
        return [one.plan.realised(self.city, self.year) for one in self.options]

    @cached_property
    def paid(self) -> list[list[Money]]:
        """What each plan costs whom."""
        return [money(self.nothing.ledger, one.result.ledger) for one in self.options]

    @cached_property
    def people(self) -> list[list[dict[str, Any]]]:
        """People who lose and gain by each plan, by figure."""
        return [impact.sides(self.city, self.nothing, one.result) for one in self.options]

    @cached_property
    def ends(self) -> dict[str, Ends]:
        """Ranges of the figures when nothing is done, by indicator or key."""
        of_people = {row["key"]: Ends(row["low"], row["high"]) for row in impact.rows(self.nothing)}
        return {**ranges.of_run(self.nothing), **of_people}


def _compared(before: Result, after: Result) -> dict[tuple[str, str], dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in reports.comparison(before, after):
        if row["before"] is not None:
            rows["summary", row["indicator"]] = row | {"title": row["indicator"]}
    for row in impact.change_rows(before, after):
        rows["people", row["key"]] = row
    return rows


def choose(
    path: Path,
    city: City,
    names: Sequence[str],
    *,
    year: int | None = None,
    draws: int | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Choice:
    """Find or make the runs of plans and of doing nothing; what is made is kept.

    Parameters
    ----------
    path, city
        The twin.
    names
        Scenario files, or names of what the twin keeps.
    year
        Year of the comparison; by default that of the runs named, else when the last plan is done.
    draws
        Possible worlds behind bands of traffic [1]; None makes none.
    executor
        Threads that share them.
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If there is no plan or too many, or two have one name.
    """
    named = [kept.named(path, name, city) for name in names]
    plans = [one.plan for one in named]
    _refuse(plans)
    counted = year or _year(named)
    found = {one.name: kept.agreeing(path, city, one, counted) for one in plans}
    before = kept.agreeing(path, city, None, counted)
    missing = [one for one in plans if found[one.name] is None]
    if before is None or missing:
        # Plans that are simulated now begin from what was found now, so this run is made again.
        before, found = _made(path, city, plans, counted, progress)
    options = []
    for one in plans:
        result = found[one.name]
        assert result is not None
        progress(f"comparing {one.name}", 1.0)
        after = one.city(city, counted)
        told = affected.of_plan((city, before), (after, result))
        bands = None
        if draws is not None and "vehicles" in result.frames.get("streets", ()):
            bands = uncertainty.run(
                city, one, year=counted, draws=draws, executor=executor, progress=progress
            )
        options.append(Option(one, result, told, bands, after))
    return Choice(city, counted, before, tuple(options))


def _refuse(plans: Sequence[Scenario]) -> None:
    if not plans:
        raise InputError("brief", "", "no plan is named.", "Name one to four.")
    if len(plans) > MOST:
        reason = f"{len(plans)} plans do not fit on two pages."
        raise InputError("brief", "", reason, f"Name {MOST} at most, or write two briefs.")
    names = [one.name for one in plans]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        advice = "Give each plan a name of its own."
        raise InputError("brief", ", ".join(twice), "is the name of two plans.", advice)


def _year(named: Sequence[kept.Named]) -> int:
    """The year of the runs that were named, else when the last plan is done."""
    years = [one.year for one in named if one.year is not None]
    return max(years or [one.plan.last_year for one in named])


def _made(
    path: Path, city: City, plans: Sequence[Scenario], year: int, progress: Progress
) -> tuple[Result, dict[str, Result | None]]:
    """Simulate doing nothing and every plan from it, and keep them."""
    count = len(plans) + 1

    def part(number: int) -> Progress:
        return lambda stage, done: progress(stage, (number + done) / count)

    before = simulate.run(city, year=year, progress=part(0))
    kept.keep(path, before)
    found: dict[str, Result | None] = {}
    for number, one in enumerate(plans, 1):
        after = simulate.run(city, one, year=year, warm=before, progress=part(number))
        kept.keep(path, after, one)
        found[one.name] = after
    return before, found
