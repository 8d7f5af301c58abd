"""What models cannot see, in the order in which readers need it: the plan's own first, by topic."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from layers import tables
from twin import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

ANY: Final = "any"
OTHER: Final = "other"
"""Topic of a sentence that no row of limit_words.csv fits."""


class Topic(NamedTuple):
    """Sentences on one topic, the weightiest first; the title as phrases.csv knows it."""

    title: str
    points: tuple[str, ...]


def ordered(said: Iterable[str], touched: Collection[str] | None = None) -> list[str]:
    """Each sentence once, the weightiest first.

    Parameters
    ----------
    said
        Sentences of models.
    touched
        What a plan changes, ``streets`` and ``buildings``; None for a run without a plan, of which
        both count.
    """
    rows = tables.load("brief_limits", "twin.data")
    mine = rows if touched is None else rows[rows["domain"].isin({ANY, *touched})]
    first = list(mine["holds"])
    return sorted(
        dict.fromkeys(said),
        key=lambda line: next((n for n, holds in enumerate(first) if holds in line), len(first)),
    )


def grouped(said: Iterable[str]) -> list[Topic]:
    """Sentences by topic, in the order of limit_topics.csv; topics without a sentence are left out.

    Parameters
    ----------
    said
        Sentences of models, in English.
    """
    found = defaultdict(list)
    for text in ordered(said):
        row = sentences.row(text)
        found[str(row["topic"]) if row else OTHER].append(text)
    rows = tables.load("limit_topics", "twin.data").itertuples()
    return [Topic(str(row.title), tuple(found[row.topic])) for row in rows if row.topic in found]


def first_of(topics: Sequence[Topic]) -> list[Topic]:
    """What a terminal has room for: all on the plan, the weightiest sentence of each other topic.

    Parameters
    ----------
    topics
        Of `grouped`; titles get the number of sentences where some are left out.
    """
    titles = tables.load("limit_topics", "twin.data")["title"]
    return [
        one if one.title == titles[0] or len(one.points) == 1
        else Topic(f"{one.title} (1 of {len(one.points)})", one.points[:1])
        for one in topics
    ]  # fmt: skip
