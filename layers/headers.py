"""Recognise the columns of a register: kinds, their columns, and words for them in five languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from layers import files, sheets, tables, units
from layers.errors import Fault, InputError
from layers.texts import clip, fold, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

IGNORED: Final = "-"
"""What a column map writes beside a column that is to be left out."""


@dataclass(frozen=True)
class Field:
    """One column of a kind of register (a row of ``register_columns.csv``).

    Parameters
    ----------
    column, role
        Our name, and what it is for: key (whose row it is), part (which of several rows of one
        object: a period, a date), place, value, unit, or derived (from other columns).
    dtype, unit
        str, float64, year, time (a date or a time), wkt (a point) or word (of a list), and the unit after
        conversion.
    lower, upper
        Bounds, both allowed; NaN means unbounded.
    unit_needed
        Whether the file must state the unit.
    combine
        What happens when several rows belong to one object: sum, equal (they must agree), max,
        latest (by the part that is a time) or strictest.
    target
        Column of the City that it fills, or empty.
    words
        List of words or codes (``register_words.csv``); that of the column's name if empty.
    example, description
        What the template shows.
    """

    column: str
    role: str
    dtype: str
    unit: str
    lower: float
    upper: float
    unit_needed: bool
    combine: str
    target: str
    words: str
    example: str
    description: str


@dataclass(frozen=True)
class Kind:
    """A kind of register (a row of ``register_kinds.csv``).

    Parameters
    ----------
    title, description
        What it is, in a few words and in a sentence.
    table
        Table of the City that it fills.
    match
        What a row belongs to: object (one building), area (all buildings inside an outline, or of
        an area by its id), either (an area if the row has an outline), place or none.
    grade
        What its values are worth (``grades.csv``).
    sets
        Value that every matched object gets, as column=value, or empty.
    """

    title: str
    table: str
    match: str
    grade: str
    sets: str
    description: str


@dataclass(frozen=True)
class Heading:
    """A column of the file that was recognised: its name there, what it is, its unit if stated."""

    theirs: str
    field: Field
    unit: str


@dataclass(frozen=True)
class ColumnMap:
    """What the user says about the columns of a file.

    Parameters
    ----------
    names
        Their column to ours; "-" leaves a column out.
    units
        Their column to its unit.
    words
        (our column, their word folded) to our word.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)


@cache
def kinds() -> dict[str, str]:
    """Kinds of register with their titles."""
    rows = tables.load("register_kinds")
    return dict(zip(rows["kind"].astype(str), rows["title"].astype(str), strict=True))


def kind(name: str) -> Kind:
    """Kind of register by its name.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    fields(name)
    rows = tables.load("register_kinds").set_index("kind").fillna("")
    return Kind(**{str(key): str(fact) for key, fact in rows.loc[name].items()})


@cache
def fields(kind: str) -> dict[str, Field]:
    """Columns of a kind by name, in the order of the template.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    if kind not in kinds():
        raise InputError(clip(kind), "", "This kind of register is not known.",
                         f"Use one of {', '.join(kinds())}.")  # fmt: skip
    rows = tables.load("register_columns")
    rows = rows[rows["kind"] == kind].drop(columns="kind").astype(object)
    rows = rows.where(rows.notna(), "")
    return {str(row.column): _field(row) for row in rows.itertuples(index=False)}


def _field(row: object) -> Field:
    facts: dict[str, Any] = {name: getattr(row, name) for name in Field.__dataclass_fields__}
    for bound in ("lower", "upper"):
        facts[bound] = float(facts[bound]) if facts[bound] != "" else float("nan")
    facts["unit_needed"] = facts["unit_needed"] == "yes"
    typed: dict[str, Any] = {
        name: fact if isinstance(fact, (bool, float)) else plain(fact)
        for name, fact in facts.items()
    }
    return Field(**typed)


@cache
def synonyms(kind: str) -> dict[str, str]:
    """Folded words by which a header names a column of a kind, with our name of it."""
    known = {name: one for name, one in fields(kind).items() if one.role != "derived"}
    found: dict[str, str] = {}
    for row in tables.load("register_synonyms").itertuples():
        if str(row.column) in known:
            found |= {fold(word): str(row.column) for word in str(row.words).split("|")}
    return found | {fold(name): name for name in known}


def score(headers: Iterable[str], kind: str) -> int:
    """Columns of a kind that a row of headers names [1]."""
    known = synonyms(kind)
    return len({known[word] for header in headers if (word := _word(header, known)) in known})


def _word(header: str, known: Mapping[str, str]) -> str:
    folded = fold(header)
    return folded if folded in known else fold(units.split_header(header)[0])


def guess_kind(file: str, headers: Iterable[str]) -> str:
    """Kind whose columns of values the headers name best.

    Raises
    ------
    InputError
        If none or several fit.
    """
    named = list(headers)
    found = {}
    for kind in kinds():
        known, values = synonyms(kind), {n for n, f in fields(kind).items() if f.role == "value"}
        named_ones = {known.get(_word(header, known)) for header in named}
        found[kind] = (len(named_ones & values), len(named_ones & set(fields(kind))))
    best = max(found.values())
    fitting = [kind for kind, count in found.items() if count == best > (0, 0) and count[0]]
    if len(fitting) == 1:
        return fitting[0]
    raise InputError(file, "header", f"It is not clear what this is; it has {_listed(named)}.",
                     f"Name the kind: --kind {' or '.join(kinds())}.")  # fmt: skip


def _listed(names: Iterable[str], most: int = 30) -> str:
    shown = [clip(name) for name in names]
    return ", ".join(shown[:most]) + (" ..." if len(shown) > most else "")


def recognise(
    file: str, headers: Iterable[str], kind: str, mapping: ColumnMap
) -> tuple[Heading, ...]:
    """Find our columns among theirs.

    Parameters
    ----------
    file
        Name for messages.
    headers
        Their column names.
    kind
        Kind of register.
    mapping
        What the user says; it goes before the words known here.

    Raises
    ------
    InputError
        With every column that is named twice, mapped to nothing known or not in the file.
    """
    names = list(headers)
    faults = [*_map_faults(names, kind, mapping)]
    found: dict[str, Heading] = {}
    for theirs in names:
        heading = _heading(theirs, kind, mapping)
        if heading is None:
            continue
        other = found.setdefault(heading.field.column, heading)
        if other is not heading:
            reason = f"and {clip(other.theirs)} both look like {heading.field.column}."
            faults.append(Fault(f"column {clip(theirs)}", reason,
                                'Map one of them to "-" with --map.'))  # fmt: skip
    if faults:
        raise InputError.of(file, faults)
    return tuple(found.values())


def _map_faults(names: list[str], kind: str, mapping: ColumnMap) -> Iterable[Fault]:
    for theirs, ours in mapping.names.items():
        if theirs not in names:
            yield Fault(f"column {clip(theirs)}", "is in the map but not in the file.",
                        f"The file has {_listed(names)}.")  # fmt: skip
        if ours not in fields(kind) and ours != IGNORED:
            yield Fault(f"column {clip(theirs)}", f"is mapped to {clip(ours)}, which is not known.",
                        f"Kind {kind} has {', '.join(fields(kind))}.")  # fmt: skip


def _heading(theirs: str, kind: str, mapping: ColumnMap) -> Heading | None:
    known = synonyms(kind)
    ours = mapping.names.get(theirs)
    if ours is None:
        taken = set(mapping.names.values())
        ours = known.get(_word(theirs, known))
        ours = None if ours in taken else ours
    if ours is None or ours == IGNORED or ours not in fields(kind):
        return None
    unit = mapping.units.get(theirs) or units.split_header(theirs)[1]
    return Heading(theirs, fields(kind)[ours], unit)


def read_map(path: Path | str) -> ColumnMap:
    """Read a column map: a CSV with columns theirs, ours, and if needed unit and word.

    A row with a word says what that word of their column means: ``Varme,district_heating,,FJV``
    after ``Varme,heating,,``.

    Raises
    ------
    InputError
        If a row is incomplete.
    """
    file = files.checked(path)
    cells = sheets.read(file)[0]
    head = [fold(plain(cell)) for cell in cells.rows[0]]
    if not {"theirs", "ours"} <= set(head):
        raise InputError(file.name, "line 1", "A map needs the columns theirs and ours.",
                         "Begin it with the line theirs,ours,unit,word.")  # fmt: skip
    rows = pd.DataFrame(
        [(row + [""] * len(head))[: len(head)] for row in cells.rows[1:]], columns=head
    ).map(plain)
    rows = rows.reindex(columns=["theirs", "ours", "unit", "word"], fill_value="")
    short = (rows["theirs"] == "") | (rows["ours"] == "")
    if short.any():
        raise InputError(file.name, f"line {cells.numbers[1:][int(short.argmax())]}",
                         "theirs or ours is empty.", "Fill both.")  # fmt: skip
    named = rows[rows["word"] == ""]
    return ColumnMap(
        names=dict(zip(named["theirs"], named["ours"], strict=True)),
        units={a: b for a, b in zip(named["theirs"], named["unit"], strict=True) if b},
        words=_words(
            rows[rows["word"] != ""], dict(zip(named["theirs"], named["ours"], strict=True))
        ),
    )


def _words(rows: pd.DataFrame, names: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {
        (names.get(theirs, theirs), fold(word)): ours
        for theirs, word, ours in zip(rows["theirs"], rows["word"], rows["ours"], strict=True)
    }
