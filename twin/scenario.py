"""Scenario: interventions in year order, read from a versioned YAML file.

>>> plan = scenario.read(Path("superblock.yaml"), city)      # every fault at once, with lines
>>> later = plan.city(city, 2030)                            # a City, as it stands in 2030
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layers.errors import Fault, InputError
from twin import catalog, document
from twin.errors import ScenarioError
from twin.upgrades import upgraded
from twin.where import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from twin.city import City
    from twin.document import Document, Place
    from twin.intervention import Intervention
    from twin.pricing import Cost

_LINE: Final = re.compile(r"line (\d+)$")


@dataclass(frozen=True)
class Expense:
    """What one measure costs in one year.

    Parameters
    ----------
    measure, kind, table
        Id and kind of the intervention, and the table that it changes.
    year
        Year in which it is paid [a].
    objects
        Ids of the objects that are changed.
    cost
        The cost; see `twin.pricing.Cost`.
    """

    measure: str
    kind: str
    table: str
    year: int
    objects: pd.Index
    cost: Cost


@dataclass(frozen=True)
class Scenario:
    """A named, ordered list of interventions; a value.

    Parameters
    ----------
    name, title, note
        Short name; title and remark for readers.
    interventions
        In the order of the file; within one year they are applied in this order.
    place
        Name of the City it was drawn for, or None.
    seed
        Seed of the order in which objects are realised [1].
    file, lines
        Where it was read, for messages; not part of the value.
    """

    name: str
    interventions: tuple[Intervention, ...]
    title: str = ""
    note: str = ""
    place: str | None = None
    seed: int = 0
    file: str = field(default="scenario", compare=False)
    lines: Mapping[Place, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the models of these interventions cannot see, in plain sentences."""
        return tuple(dict.fromkeys(line for one in self.interventions for line in one.limits))

    @property
    def last_year(self) -> int:
        """Year by whose end every intervention is done [a]."""
        return max(one.finished() for one in self.interventions)

    def check(self, city: City) -> None:
        """Check every intervention against a City.

        Raises
        ------
        ScenarioError
            With all faults at once: columns and ids that the City has not, selections that
            select nothing, a City that the scenario was not drawn for.
        """
        self._ranked(city)

    def realised(self, base: City, year: int) -> dict[str, pd.Index]:
        """Objects that each measure has reached by the end of a year, by its id.

        Raises
        ------
        ScenarioError
            As `check`.
        """
        ranked = self._ranked(base)
        return {
            one.id: order[: one.count(len(order), year)]
            for one, order in zip(self.interventions, ranked, strict=True)
        }

    def city(self, base: City, year: int) -> City:
        """The City as it stands at the end of a year.

        Parameters
        ----------
        base
            The City before the scenario; it stays as it is.
        year
            Year, not before the base year [a].

        Returns
        -------
        city
            A new City whose `year` is this year and that shares every unchanged table.

        Raises
        ------
        ScenarioError
            As `check`, or if the year lies before the base year.
        """
        changed = base
        for step in self._steps(base, year):
            changed = step.measure.apply(changed, step.objects)
        return changed.replace(year=year)

    def expenses(self, base: City, year: int) -> tuple[Expense, ...]:
        """What was paid up to the end of a year, by measure and year of payment.

        An object that an earlier measure has brought to the same state is not paid again.

        Raises
        ------
        ScenarioError
            As `city`.
        NotComputedError
            If no unit cost is known for the City's country.
        """
        found: list[Expense] = []
        changed = base
        for step in self._steps(base, year):
            one = step.measure
            for paid, objects in step.years.items():
                due = one.due(changed, objects)
                if not due.empty:
                    cost = one.cost(changed, due)
                    found.append(Expense(one.id, one.kind, one.table, paid, due, cost))
            changed = one.apply(changed, step.objects)
        return tuple(sorted(found, key=lambda expense: expense.year))

    def _ranked(self, city: City) -> list[pd.Index]:
        """Objects of each measure in the order in which they are realised."""
        ranked, faults = _orders(self.interventions, self.seed, self.lines, city)
        faults = [*_stranger(self.place, self.lines, city), *faults]
        if faults:
            raise ScenarioError.of(self.file, faults)
        return ranked

    def _steps(self, base: City, year: int) -> list[_Step]:
        """What to apply in which order, years of one measure joined where nothing intervenes."""
        if year < base.year:
            reason = f"{year} lies before the base year {base.year} of {base.name}."
            raise ScenarioError(self.file, "", reason, "Ask for a later year.")
        ranked = self._ranked(base)
        steps: list[_Step] = []
        for when, number in _events(self.interventions, year):
            one, order = self.interventions[number], ranked[number]
            new = order[one.count(len(order), when - 1) : one.count(len(order), when)]
            if new.empty:
                continue
            step = _joinable(steps, number, self.interventions, ranked)
            if step is None:
                step = _Step(number, one)
                steps.append(step)
            step.years[when] = new
        return steps


@dataclass
class _Step:
    """One application of one measure, for the objects of one or more years."""

    number: int
    measure: Intervention
    years: dict[int, pd.Index] = field(default_factory=dict)

    @property
    def objects(self) -> pd.Index:
        parts = list(self.years.values())
        return parts[0].append(parts[1:])


def _events(interventions: tuple[Intervention, ...], year: int) -> Iterator[tuple[int, int]]:
    """Years and measures in which something may happen, in order."""
    first = min((one.start for one in interventions), default=year)
    for when in range(first, year + 1):
        for number, one in enumerate(interventions):
            if when == one.start or (when > one.start and one.pace != "at once"):
                yield when, number


def _joinable(
    steps: list[_Step], number: int, measures: tuple[Intervention, ...], ranked: list[pd.Index]
) -> _Step | None:
    """The last step of the same measure, unless one on the same objects has come since."""
    for step in reversed(steps):
        if step.number == number:
            return step
        same_table = step.measure.table == measures[number].table
        if same_table and members(ranked[step.number], ranked[number]).any():
            return None
    return None


def _stranger(place: str | None, lines: Mapping[Place, int], city: City) -> Iterator[Fault]:
    if place is not None and place != city.name:
        reason = f"was drawn for {place}, this is {city.name}."
        advice = "Take the other City, or remove the line 'city'."
        yield Fault(document.placed(("city",), lines), reason, advice)


def _orders(
    measures: Sequence[Intervention | None], seed: int, lines: Mapping[Place, int], city: City
) -> tuple[list[pd.Index], list[Fault]]:
    """Order of realisation of each measure that could be read, and what does not fit the City."""
    ranked: list[pd.Index] = []
    faults: list[Fault] = []
    for number, one in enumerate(measures):
        if one is None:
            continue
        try:
            ranked.append(one.ranked(city, seed))
        except InputError as error:
            faults += _replaced(error, number, lines)
    return ranked, faults


def _replaced(error: InputError, number: int, lines: Mapping[Place, int]) -> Iterator[Fault]:
    for fault in error.faults:
        path: Place = ("interventions", number, *fault.place.split("."))
        yield Fault(document.placed(path, lines), fault.reason, fault.advice)


# ---------------------------------------------------------------- files


def read(path: Path | str, city: City | None = None) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        YAML file; areas may lie in GeoJSON files beside it.
    city
        City to check it against at the same time, so that all faults come at once.

    Raises
    ------
    ScenarioError
        With every fault: path, line, what is wrong and what to do.
    """
    path = Path(path)
    try:
        found = document.read(path)
    except InputError as error:
        raise ScenarioError.of(path, error.faults) from None
    return _made(found, str(path), path.parent, city)


def parse(text: str, city: City | None = None, folder: Path | None = None) -> Scenario:
    """Read a scenario from text; see `read`."""
    try:
        found = document.parse(text)
    except InputError as error:
        raise ScenarioError.of("scenario", error.faults) from None
    return _made(found, "scenario", folder, city)


def write(plan: Scenario) -> str:
    """The scenario as YAML text that `parse` reads back as an equal scenario."""
    optional = {"title": plan.title, "note": plan.note, "city": plan.place, "seed": plan.seed}
    data = {
        "schema": catalog.VERSION,
        "name": plan.name,
        **{key: value for key, value in optional.items() if value},
        "interventions": [catalog.write(one) for one in plan.interventions],
    }
    return document.write(data)


def _made(found: Document, file: str, folder: Path | None, city: City | None) -> Scenario:
    if not isinstance(found.data, dict):
        advice = f"Begin with 'schema: {catalog.VERSION}'."
        raise ScenarioError(file, "line 1", "is no scenario.", advice)
    found = upgraded(found, file)
    header, measures, faults = _parts(found, folder)
    if city is not None:
        place, seed = (header.city, header.seed) if header else (None, 0)
        faults += _stranger(place, found.lines, city)
        faults += _orders(measures, seed, found.lines, city)[1]
        faults += _broken(found, measures, city, folder)
    if faults or header is None:
        raise ScenarioError.of(file, sorted(dict.fromkeys(faults), key=_line))
    return Scenario(
        name=header.name,
        interventions=tuple(one for one in measures if one is not None),
        title=header.title,
        note=header.note,
        place=header.city,
        seed=header.seed,
        file=file,
        lines=found.lines,
    )


def _broken(
    found: Document, measures: list[Intervention | None], city: City, folder: Path | None
) -> Iterator[Fault]:
    """What does not fit the City in the selections of entries that have other faults."""
    for number, one in enumerate(measures):
        selected = catalog.selection(found.data["interventions"][number], folder)
        if one is not None or selected is None:
            continue
        table, where = selected
        try:
            where.select(city.table(table), city.crs)
        except InputError as error:
            yield from _replaced(error, number, found.lines)


def _parts(
    found: Document, folder: Path | None
) -> tuple[catalog.Header | None, list[Intervention | None], list[Fault]]:
    """Head and measures of a file, as far as they can be read, and everything wrong with it."""
    data = dict(found.data)
    entries = data.pop("interventions", None)
    header, faults = catalog.checked(catalog.Header, data, (), found.lines)
    faults = [*found.faults, *faults]
    if not isinstance(entries, list) or not entries:
        advice = "List at least one, each with kind, id, where and start."
        place = found.place(("interventions",))
        return header, [], [*faults, Fault(place, "has no list of interventions.", advice)]
    measures = []
    for number, entry in enumerate(entries):
        one, wrong = catalog.read(entry, ("interventions", number), found.lines, folder)
        measures.append(one)
        faults += wrong
    return header, measures, [*faults, *_repeated(entries, found)]


def _repeated(entries: list[Any], found: Document) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries):
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            place = found.place(("interventions", number, "id"))
            first = found.place(("interventions", seen[name], "id"))
            yield Fault(place, f"{name!r} is taken by {first}.", "Give each its own id.")


def _line(fault: Fault) -> int:
    found = _LINE.search(fault.place)
    return int(found[1]) if found else 0
