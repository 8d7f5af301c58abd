"""What a page says before anybody looks at the map: what is proposed, and what it comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin import ranges, simulate
from twin.maps import findings, page_content, style
from twin.maps.page_content import BASELINE
from twin.speech import short
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.maps.page_content import Subject
    from twin.result import Result
    from twin.scenario import Scenario
    from twin.spreads import Ends

DATED: Final = re.compile(r"[-_ ](?:\d{4}-?\d\d-?\d\d|\d{6}|latest)(?:[-_ ].*)?$")
"""What publishers of map extracts put behind the name of a place: a day, or that it is the latest."""
TITLE, NOTE = 60, 300
"""Characters of the name of a plan in the headline, and of its note, at most [1]."""
FEW: Final = 2
"""Plans whose findings a headline has room for [1]."""


@dataclass(frozen=True)
class Card:
    """One scenario as people first read of it.

    Parameters
    ----------
    key
        Name of the scenario.
    title, year
        What people call it, and the year that is told.
    does
        What it does, in a line; empty where no plan is known.
    note
        What its author says about it.
    lines
        What it comes to.
    """

    key: str
    title: str
    year: int
    does: str
    note: str
    lines: tuple[str, ...]


def place(name: str) -> str:
    """Name of a place as people write it, without the day of the file that it came in.

    Parameters
    ----------
    name
        Name of a City.
    """
    bare = DATED.sub("", name)
    return bare.replace("-", " ").replace("_", " ").title() if bare.islower() else bare or name


def cards(of: Subject) -> list[Card]:
    """Doing nothing and every plan alike, each in its last year.

    Parameters
    ----------
    of
        What the page is about.
    """
    said = words(of.language)
    return [_card(of, run, said) for run in _last(of)]


def _last(of: Subject) -> list[Result]:
    """The last run of each scenario, that which changes are counted from first."""
    first = of.runs[of.reference].record["scenario"]
    last: dict[str, Result] = {}
    for run in sorted(of.runs.values(), key=lambda one: int(one.record["year"])):
        last[str(run.record["scenario"])] = run
    names = dict.fromkeys([first, *(str(one.record["scenario"]) for one in of.runs.values())])
    return [last[name] for name in names]


def _card(of: Subject, run: Result, said: Mapping[str, str]) -> Card:
    name, year = str(run.record["scenario"]), int(run.record["year"])
    idle = page_content.idle(of, run)
    found = findings.find(of.city, run, idle)
    plan = of.plans.get(name)
    first, *rest = findings.lines(found, said, of.language) or [""]
    sure = sureness(run, None if name == BASELINE else idle, said, of.language)
    return Card(
        key=name,
        title=page_content.called(of, run, said),
        year=year,
        does=said["page_idle_does"] if name == BASELINE else _does(plan, said),
        note=short(plan.note, NOTE) if plan else "",
        lines=tuple(line for line in (first, sure, *rest) if line),
    )


def sureness(run: Result, idle: Result | None, said: Mapping[str, str], language: str) -> str:
    """Between which ends the tonnes of a run lie, or their change; empty where none are booked.

    Parameters
    ----------
    run
        Result.
    idle
        Doing nothing in its year, that the change is counted from; None tells the tonnes.
    said, language
        Words of a language.
    """
    if idle is None:
        ends = ranges.of_run(run).get(simulate.EMITTED)
        return "" if ends is None else said["find_range"].format(**_ends(ends, language))
    ends = ranges.of_change(idle, run).get(simulate.EMITTED)
    if ends is None:
        return ""
    if ends.low == ends.high == 0.0:
        return said["find_range_none"]
    by = run.ledger.total("tco2e", kind="activity") - idle.ledger.total("tco2e", kind="activity")
    low, high = (findings.signed(end, language) for end in ends)
    change = findings.signed(by, language)
    return said["find_range_change"].format(change=change, low=low, high=high)


def _ends(ends: Ends, language: str) -> dict[str, str]:
    low, high = (findings.number(style.round_nice(end), 0, language) for end in ends)
    return {"low": low, "high": high}


def _does(plan: Scenario | None, said: Mapping[str, str]) -> str:
    """Kinds of the measures of a plan, and the year in which the first begins."""
    if plan is None or not plan.interventions:
        return ""
    kinds = dict.fromkeys(said.get(f"kind_{one.kind}", one.kind) for one in plan.interventions)
    begin = min(one.start for one in plan.interventions)
    listed = ", ".join(kinds)
    return said["page_measures"].format(measures=listed[:1].upper() + listed[1:], year=begin)


def headline(of: Subject) -> str:
    """The finding as a sentence where there are few plans, else what is compared.

    Parameters
    ----------
    of
        What the page is about.
    """
    said, where = words(of.language), place(of.city.name)
    plans = [run for run in _last(of) if run.record["scenario"] != BASELINE]
    if not plans:
        return said["head_idle"].format(place=where)
    year = max(int(run.record["year"]) for run in plans)
    names = [short(page_content.called(of, run, said), TITLE) for run in plans]
    told = [
        findings.clause(findings.find(of.city, run, page_content.idle(of, run)), said, of.language)
        for run in plans
    ]
    if len(plans) <= FEW and all(told):
        parts = "; ".join(f"{name}: {text}" for name, text in zip(names, told, strict=True))
        return f"{where} {year} – {parts}"  # noqa: RUF001 - a dash as printers set it
    return said["head_plans"].format(place=where, plans=", ".join(names), year=year)
