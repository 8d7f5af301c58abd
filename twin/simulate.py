"""Simulate a City for one year: wire the domains, book what they yield, say what is missing.

Only here and in `twin.domains` all domains are known. A domain that cannot compute is absent and
named in the limits, never zero and never a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import fsum
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from layers.errors import InputError
from layers.schema import silent
from twin import (
    assemble,
    columns,
    communities,
    consents,
    domains,
    factors,
    ledger,
    money,
    protection,
)
from twin import record as run_record
from twin.complete import request
from twin.errors import BlockedError, NotComputedError
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping, Sequence

    from layers.schema import Progress
    from twin.city import City
    from twin.domain import Domain, Outcome
    from twin.factors import FactorSet
    from twin.ledger import Ledger
    from twin.scenario import Expense, Scenario


BASELINE = "baseline"
"""Name of a run without a plan."""


def run(
    city: City,
    plan: Scenario | None = None,
    *,
    year: int | None = None,
    warm: Result | None = None,
    cache: MutableMapping[str, Any] | None = None,
    progress: Progress | None = None,
    factors: FactorSet | None = None,
    domains: Sequence[Domain] = domains.STANDARD,
) -> Result:
    """Simulate one year of a City, as it is or under a plan.

    Parameters
    ----------
    city
        The City before the plan; it stays as it is.
    plan
        Scenario whose measures are carried out and paid up to the year: investments are booked in
        the years in which they are paid, running cost in the year of the result.
    year
        Year of the result and of its factors [a]; by default the one by which the plan is done,
        without a plan the City's own.
    warm
        Earlier result to compare with: a domain whose inputs are the same is taken from it, the
        others start from its state and keep what was fitted there, so that the difference of
        the two is the effect of the change alone.
    cache
        Mapping that keeps outcomes of domains by the digest of their inputs.
    progress
        Called with what is being done and the share done [1].
    factors
        Factor set; by default the newest inventory set of the country, frozen at the nearest year
        where its paths end, which the limits then say.
    domains
        What is computed, in order.

    Returns
    -------
    Result
        Objects outside the boundary are simulated but not counted: they have no ledger rows.

    Raises
    ------
    ScenarioError
        If the plan does not fit the City.
    InputError
        If the year lies before the base year, or beyond what can be planned.
    BlockedError
        If the plan leaves a line of buses no way; names each.
    """
    counted = _counted(city, year or (plan.last_year if plan else city.year))
    standing = plan.city(city, counted) if plan else city
    expenses = plan.expenses(city, counted) if plan else ()
    chosen = factors or _inventory(city.country)
    states, absent, timings = _states(standing, domains, warm, cache, progress or silent)
    outcomes = {name: state.outcome for name, state in states.items()}
    activities, outside = assemble.inside(standing, outcomes)
    name = plan.name if plan else BASELINE
    book = ledger.concat(
        [
            *(ledger.book(one, chosen, year=counted, scenario=name) for one in activities),
            *(
                money.book(one, year=counted, scenario=name)
                for one in assemble.money_inside(standing, outcomes)
            ),
            *(_expense(one, counted, name) for one in expenses),
        ]
    )
    frames = assemble.frames(standing, outcomes, book)
    limits = run_record.limits(outcomes, absent, chosen, counted, book)
    record: dict[str, Any] = {
        "year": counted,
        "scenario": name,
        "name": city.name,
        "country": city.country,
        "city": standing.digest,
        "inputs": {name: state.key for name, state in states.items()},
        "warm": warm is not None,
        "versions": run_record.versions(),
        "factors": chosen.record(counted),
        "certificates": {name: dict(one.certificate) for name, one in outcomes.items()},
        "balances": {name: dict(one.balance) for name, one in outcomes.items() if one.balance}
        | {"ledger": ledger.balance(activities, book) | assemble.agreement(frames, book)},
        "outside": outside,
        "figures": assemble.figures(standing, frames),
        "people": {
            key: one._asdict() for each in outcomes.values() for key, one in each.people.items()
        },
        "not_computed": run_record.not_computed(book),
        "absent": sorted(absent),
        "substitutes": run_record.substitutes(outcomes, chosen, book),
        "consents": [
            one._asdict()
            for one in consents.of((one.kind for one in plan.interventions), city.country)
        ]
        if plan
        else [],
        "disruptions": [
            one._asdict() for one in consents.disruptions(one.kind for one in plan.interventions)
        ]
        if plan
        else [],
        "deciders": _deciders(city, expenses),
        "limits": run_record.once(
            [*(plan.limits if plan else ()), *protection.unanswered(standing.buildings), *limits]
        ),
        "citations": run_record.citations(outcomes, book),
    }
    record = run_record.plain(record)
    record |= {"digest": run_record.digest(record), "timings": timings}
    return Result(frames, book, record, warm=states, tables=assemble.tables(outcomes))


def _deciders(city: City, expenses: Iterable[Expense]) -> dict[str, Any]:
    """Who decides on the works of a plan in how many buildings; empty where it touches none."""
    touched = [one.objects for one in expenses if one.table == "buildings"]
    if not touched:
        return {}
    named = touched[0].append(touched[1:]).unique()
    found = communities.deciders(city)
    counts = communities.to_persuade(city, named.intersection(found.index))
    return {**counts, **communities.majority(city.country)._asdict()}


def cite(record: Mapping[str, Any]) -> list[str]:
    """Papers and standards behind a run, ready to print, each once.

    Parameters
    ----------
    record
        Record of a Result; of a change, that of both sides counts.
    """
    sides = [record, *(record[name] for name in ("after", "before") if name in record)]
    cited = [
        line for side in sides for lines in side.get("citations", {}).values() for line in lines
    ]
    return run_record.once(cited)


@dataclass(frozen=True)
class State:
    """What a domain yielded, and of what.

    Parameters
    ----------
    inputs
        Digest of the tables that it read [32 hex digits].
    key
        Digest of its inputs and of the state that it started from.
    outcome
        What it yielded.
    """

    inputs: str
    key: str
    outcome: Outcome


def _counted(city: City, year: int) -> int:
    """The year of a run, if the City can be shown in it."""
    _, latest = request.year_bounds()
    if not city.year <= year <= latest:
        raise InputError(
            city.name,
            f"year {year}",
            f"cannot be simulated: the base year is {city.year}.",
            f"Give a year from {city.year} to {latest}.",
        )
    return year


class Figure(NamedTuple):
    """One line of a summary: what, how much [unit], and how well it is known."""

    indicator: str
    value: float
    unit: str
    evidence: str


class Sum(NamedTuple):
    """A sum of activity rows of the ledger: what it is called, of which column and rows."""

    indicator: str
    column: str
    unit: str
    where: Mapping[str, str] = MappingProxyType({})


class OfObjects(NamedTuple):
    """A figure of objects: what it is called, its table and column, its grade, how it errs."""

    indicator: str
    name: str
    evidence: str
    level: str


EMITTED: Final = "Greenhouse gases, all that is computed"
"""Indicator of all tonnes of a year."""
BOOKED: Final = (
    Sum(EMITTED, "tco2e", "tCO2e/a"),
    Sum("Greenhouse gases of buildings", "tco2e", "tCO2e/a", {"sector": "stationary"}),
    Sum("Greenhouse gases of road traffic", "tco2e", "tCO2e/a",
        {"sector": "transport", "layer": "streets"}),
    Sum("Greenhouse gases of buses and trams", "tco2e", "tCO2e/a",
        {"sector": "transport", "layer": "transit_stops"}),
    Sum("CO2 from biomass, kept apart", "biogenic", "tCO2/a"),
    Sum("Energy used in buildings", "activity", "kWh/a", {"sector": "stationary"}),
)  # fmt: skip
"""Figures of a summary that are sums of the ledger."""
OBJECTS: Final = (
    OfObjects("Heat need of buildings", "buildings.heat_need", "estimated", "heat"),
    OfObjects("Kilometres driven on the streets", "streets.vehicle_km", "assumed", "driven"),
    OfObjects("Daily needs within a walk, mean of buildings", "buildings.needs_met", "estimated",
              "access"),
)  # fmt: skip
"""Figures of a summary that are sums or means of objects."""
INVESTMENT: Final = "Investment, prices of {basis}"


def summary(result: Result) -> list[Figure]:
    """Ten figures at most that tell a result, or a change, in plain words.

    Tonnes and energy are sums of the ledger; what was not computed has no line.

    Parameters
    ----------
    result
        Of `run`, or the difference of two.
    """
    lines = [
        *(_booked(result, one) for one in BOOKED),
        *(_of_objects(result, one) for one in OBJECTS),
        *_invested(result),
        _gap(result),
    ]
    return [line for line in lines if line is not None]


def _booked(result: Result, one: Sum) -> Figure | None:
    """A sum of the ledger with the grade of most of it."""
    rows = result.ledger.where(kind="activity", **one.where)
    value = rows.total(one.column)
    grade = _grade(rows, one.column)
    return None if pd.isna(value) else Figure(one.indicator, value, one.unit, grade)


def _grade(rows: Ledger, column: str) -> str:
    """The worst grade, and the share of the sum (without signs) that has it."""
    amounts = rows.rows[column].abs()
    by_grade = amounts.groupby(rows.rows["evidence"], observed=True).sum()
    present = [name for name in ledger.EVIDENCE if by_grade.get(name, 0.0) > 0.0]
    if not present:
        return ""
    return f"{present[-1]} ({by_grade[present[-1]] / by_grade.sum():.0%})"


def _of_objects(result: Result, one: OfObjects) -> Figure | None:
    """A figure of the objects inside the boundary, or its change."""
    record = result.record
    sides = [record["after"], record["before"]] if result.is_change else [record]
    values = [side.get("figures", {}).get(one.name) for side in sides]
    if any(value is None for value in values):
        return None
    value = values[0] - values[1] if result.is_change else values[0]
    return Figure(one.indicator, value, columns.get(*one.name.split(".")).unit, one.evidence)


def _invested(result: Result) -> list[Figure]:
    """Investment by currency, price year and tax, which do not add up."""
    rows = result.ledger.where(kind="capex")
    sums = rows.by("currency", "price_basis", column="cost")
    return [
        Figure(INVESTMENT.format(basis=basis), value, currency, _grade(rows, "cost"))
        for (currency, basis), value in sums.items()
    ]


def _gap(result: Result) -> Figure | None:
    """Energy that has no emissions in the sums."""
    rows = result.ledger.where(kind="activity")
    lost = rows.rows[rows.rows["tco2e"].isna()]["activity"].tolist()
    title = "Energy without an emission factor"
    return Figure(title, fsum(lost), "kWh/a", "not computed") if lost else None


def _expense(expense: Expense, year: int, scenario: str) -> Ledger:
    return ledger.book_cost(
        expense.cost,
        year=expense.year,
        running_year=year,
        scenario=scenario,
        measure=expense.measure,
        layer=expense.table,
    )


def _inventory(country: str) -> FactorSet:
    return factors.load("inventory", country=country, frozen=True)


def _states(
    city: City,
    wanted: Sequence[Domain],
    warm: Result | None,
    cache: MutableMapping[str, Any] | None,
    tell: Progress,
) -> tuple[dict[str, State], dict[str, str], dict[str, float]]:
    """States, reasons for what is absent, and seconds, by domain name."""
    found: dict[str, State] = {}
    absent: dict[str, str] = {}
    timings: dict[str, float] = {}
    for number, domain in enumerate(wanted):
        begun = perf_counter()
        part = partial(_tell_part, tell, domain.title, number, len(wanted))
        needed = {name: found.get(name) for name in domain.needs}
        before = warm.warm.get(domain.name) if warm else None
        state = _state(domain, city, before, needed, cache, part)
        if isinstance(state, str):
            absent[domain.name] = state
            continue
        found[domain.name] = state
        timings[domain.name] = perf_counter() - begun
    tell("Done", 1.0)
    return found, absent, timings


def _state(
    domain: Domain,
    city: City,
    before: State | None,
    needed: Mapping[str, State | None],
    cache: MutableMapping[str, Any] | None,
    tell: Progress,
) -> State | str:
    """The state of one domain: known from before, kept in the cache, or computed; or why not."""
    reason = domain.missing(city)
    if reason:
        return reason
    own = domain.key(city, run_record.version("netzero-twin"))
    above = [[name, one.key if one else ""] for name, one in needed.items()]
    inputs = run_record.digest([own, above]) if above else own
    if before is not None and before.inputs == inputs:
        return before
    start = before if before is not None and before.outcome.warm is not None else None
    key = run_record.digest([inputs, start.key]) if start else inputs
    if cache is not None and key in cache:
        kept: State = cache[key]
        return kept
    tell(domain.title, 0.0)
    try:
        taken = {name: one.outcome if one else None for name, one in needed.items()}
        outcome = domain.run(city, start.outcome.warm if start else None, tell, **taken)
    except BlockedError:
        raise  # without its lines people would seem to leave public transport of their own accord
    except NotComputedError as error:
        return str(error)
    except InputError as error:
        return f"{domain.title}: not computed. {error}"
    state = State(inputs, key, outcome)
    if cache is not None:
        cache[key] = state
    return state


def _tell_part(
    tell: Progress, title: str, number: int, count: int, stage: str, done: float
) -> None:
    """Tell the progress of one domain as progress of the whole run."""
    tell(stage if stage == title else f"{title}: {stage}", (number + done) / count)
