"""Workbook of a brief: every row behind its two pages, unrounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from twin import brief_facts, limit_topics
from twin.speech import plain

if TYPE_CHECKING:
    from twin.brief_choice import Choice
    from twin.speech import Speech

CHANGES: Final = ("change", "lost", "cut off")
"""Words in the headers of columns that tell what a plan changes."""


def sheets(choice: Choice, say: Speech) -> dict[str, pd.DataFrame]:
    """Tables by name of their sheet.

    Parameters
    ----------
    choice, say
        What the brief is about, and the language of headers and titles.
    """
    found = {
        "figures": _figures(choice, say),
        "streets": _streets(choice, say),
        "people": _people(choice, say),
        "cost": _money(choice, say),
        "consents": _consents(choice, say),
        "measures": _measures(choice, say),
        "counts": _counts(choice, say),
        "notes": _notes(choice, say),
    }  # fmt: skip
    for option in choice.options:
        for name, table in option.affected.tables.items():
            plain_ = table.reset_index(drop=isinstance(table.index, pd.RangeIndex))
            short = name if len(choice.options) == 1 else f"{option.plan.name[:16]} {name}"
            if len(moved := changed(plain_)):
                found[_sheet(short, found)] = moved
    return found


def _notes(choice: Choice, say: Speech) -> pd.DataFrame:
    """What models cannot see, by topic as in reports, and what the sheets leave out."""
    topics = limit_topics.grouped(brief_facts.limits(choice))
    rows = [
        (plain(say.sentence(one)[0]), say.sentence(topic.title)[0])
        for topic in topics for one in topic.points
    ]  # fmt: skip
    rows.append((say.word("brief_left_out"), ""))
    return pd.DataFrame(rows, columns=[say.word("brief_note"), say.word("part_topic")])


def changed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table in which something changes; all of one that tells no changes.

    Parameters
    ----------
    table
        Of those affected.
    """
    told = [name for name in table if any(part in str(name) for part in CHANGES)]
    if not told:
        return table
    values = table[told].apply(pd.to_numeric, errors="coerce").fillna(0.0)
    return table[values.ne(0.0).any(axis=1)]


def _sheet(name: str, taken: dict[str, Any]) -> str:
    """A name for a sheet that is free and not too long for spreadsheets."""
    kept = name[:28]
    again = sum(one.startswith(kept) for one in taken)
    return f"{kept}-{again + 1}" if again else kept


def _table(rows: list[tuple[Any, ...]], head: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=head) if rows else pd.DataFrame(columns=head)


def _figures(choice: Choice, say: Speech) -> pd.DataFrame:
    head = [say.word(f"brief_{name}") for name in ("figure", "unit", "plan")]
    head += [say.word("page_nothing")]
    head += [say.word(f"brief_{name}") for name in ("low", "high", "change")]
    head += [f"{say.word('brief_change')}, {say.word(f'brief_{name}')}" for name in ("low", "high")]
    head += [say.word("brief_evidence")]
    rows = [
        (say.phrase(one.title)[0], say.unit(one.unit), option.title, one.nothing, one.low, one.high,
         change.change, change.low, change.high, change.evidence)
        for one in brief_facts.figures(choice, most=None)
        for option, change in zip(choice.options, one.changes, strict=True)
    ]  # fmt: skip
    return _table(rows, head)


def _streets(choice: Choice, say: Speech) -> pd.DataFrame:
    names = ("plan", "who", "street", "addresses", "change", "unit", "what")
    head = [say.word(f"brief_{name}") for name in names[:-1]]
    rows = []
    for option in choice.options:
        for one in sorted(brief_facts.sides(option), key=lambda side: not side.loses):
            traffic = one.what == brief_facts.TRAFFIC
            key = "brief_vehicles" if traffic else f"brief_way_{one.what}"
            side = say.word("brief_losers" if one.loses else "brief_winners")
            rows.append((option.title, side, one.street, one.addresses, one.amount,
                         say.word(key, n="").strip()))  # fmt: skip
    return _table(rows, head)


def _people(choice: Choice, say: Speech) -> pd.DataFrame:
    head = [say.word(f"brief_{name}") for name in ("plan", "figure", "losers", "winners", "unit")]
    rows = [
        (option.title, say.phrase(one["title"])[0], one["losers"], one["winners"], one["unit"])
        for option, people in zip(choice.options, choice.people, strict=True)
        for one in people
    ]
    return _table(rows, head)


def _money(choice: Choice, say: Speech) -> pd.DataFrame:
    names = ("plan", "payer", "cost", "amount", "low", "high", "unit", "basis")
    head = [say.word(f"brief_{name}") for name in names]
    rows = [
        (option.title, say.phrase(one.payer)[0],
         say.word("brief_once" if one.kind == "capex" else "brief_yearly"), one.amount,
         one.low, one.high, one.currency, one.basis)
        for option, paid in zip(choice.options, choice.paid, strict=True)
        for one in paid
    ]  # fmt: skip
    return _table(rows, head)


def _consents(choice: Choice, say: Speech) -> pd.DataFrame:
    head = [say.word(f"brief_{name}") for name in ("measures", "consent", "basis")]
    rows = [
        (", ".join(say.word(f"kind_{kind}") for kind in one.kinds),
         say.phrase(one.consent)[0], one.basis)
        for one in brief_facts.consents(choice)
    ]  # fmt: skip
    return _table(rows, head)


def _measures(choice: Choice, say: Speech) -> pd.DataFrame:
    """Every intervention of every plan."""
    head = [say.word(f"brief_{name}") for name in ("plan", "id", "measures", "start", "where")]
    rows = [
        (option.title, one.id, say.word(f"kind_{one.kind}"), one.start,
         one.where.model_dump_json(exclude_none=True))
        for option in choice.options
        for one in option.plan.interventions
    ]  # fmt: skip
    return _table(rows, head)


def _counts(choice: Choice, say: Speech) -> pd.DataFrame:
    head = [say.word(f"brief_{name}") for name in ("id", "street", "count", "model")]
    found = brief_facts.fit(choice)
    if found is None:
        return _table([], head)
    rows = [(str(name), row["street"], row["count"], row["model"])
            for name, row in found.rows.iterrows()]  # fmt: skip
    return _table(rows, head)
