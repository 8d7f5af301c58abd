"""What people said in a consultation so far, counted for the page: people and contributions apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twin import consult_report, contributions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from twin.city import City

BY: Final = ("topic", "scenario", "street")
"""What contributions are counted by."""
LISTED: Final = 10
"""Rows of each count on the page [1]."""
ANSWERED: Final = 200
"""Newest answers on the page; the response table holds all [1]."""


@dataclass(frozen=True)
class Heard:
    """What people said in a consultation, counted.

    Parameters
    ----------
    people, contributions
        How many of each [1].
    counts
        ``topic``, ``scenario`` or ``street`` to (what, people, contributions), most people first.
    answered
        Public contribution, answer, and what changed or why not.
    """

    people: int
    contributions: int
    counts: Mapping[str, Sequence[tuple[str, int, int]]] = field(default_factory=dict)
    answered: Sequence[tuple[str, str, str]] = ()


def of_twin(root: Path, city: City) -> Heard | None:
    """What was said and is public by now; None where nothing is.

    Parameters
    ----------
    root
        Twin folder.
    city
        The City in it.
    """
    rows = contributions.table(root)
    rows = rows[(rows["state"] == "public").to_numpy()]
    if rows.empty:
        return None
    found = consult_report.summary(rows, city)
    table = consult_report.response_table(rows, city)
    done = table[((table["reply"] != "") & (table["changed"] != "")).to_numpy()].tail(ANSWERED)
    changed = [f"{one.changed}: {one.why}" if one.why else str(one.changed)
               for one in done.itertuples()]  # fmt: skip
    return Heard(
        people=int(found["people"]),
        contributions=int(found["contributions"]),
        counts={name: _counted(found["by"][name]) for name in BY},
        answered=list(zip(done["text"], done["reply"], changed, strict=True)),
    )


def _counted(table: pd.DataFrame) -> list[tuple[str, int, int]]:
    """The rows that most people are behind, without what has no name."""
    named = table[table.index != "-"].head(LISTED)
    return [(str(name), int(row.people), int(row.contributions))
            for name, row in zip(named.index, named.itertuples(), strict=True)]  # fmt: skip
