"""What models, measures and errors say, in the language of the studio.

Everything here is a text and the language that it is in: what no table knows stays English, and the
page marks it so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from twin import limit_topics
from twin.speech import Speech
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Said: TypeAlias = tuple[str, str]
"""A text, and the language that it is in."""
ENGLISH: Final = "en"


def say(text: str, language: str) -> Said:
    """An English text of ours in a language, where it is known.

    Parameters
    ----------
    text
        As a model, a schema or an error writes it.
    language
        One of `twin.columns.LANGUAGES`.
    """
    return Speech(language).sentence(text) if text else ("", language)


def stage(text: str, language: str) -> Said:
    """What a simulation is doing, part by part: ``Traffic: ways of cars``.

    Parameters
    ----------
    text, language
        As in `say`.
    """
    parts = [say(one, language) for one in text.split(": ")]
    known = all(spoken == language for _, spoken in parts)
    return (": ".join(one for one, _ in parts), language) if known else (text, ENGLISH)


def faults(found: Iterable[Mapping[str, str]], language: str) -> list[dict[str, Any]]:
    """Faults with reason and advice said; the place is a name of the file, the same for all.

    Parameters
    ----------
    found
        place, reason and advice of each.
    language
        As in `say`.
    """
    return [
        {
            **one,
            "said": [say(one["reason"], language), say(one["advice"], language)],
        }
        for one in found
    ]


def measure(kind: str, language: str) -> str:
    """Title of a kind of measure."""
    return words(language).get(f"kind_{kind}", kind.replace("_", " "))


def option(value: str, language: str) -> str:
    """What can be chosen in a form; as it is written in a file where it has no word."""
    return words(language).get(f"option_{value.replace(' ', '_')}", value.replace("_", " "))


def limits(told: Sequence[str], language: str) -> list[dict[str, Any]]:
    """What a run cannot see, by topic.

    Parameters
    ----------
    told
        Limits of the record of a run.
    language
        As in `say`.
    """
    return [
        {
            "topic": say(topic.title, language),
            "said": [say(one, language) for one in topic.points],
        }
        for topic in limit_topics.grouped(told)
    ]


def consents(told: Sequence[Mapping[str, str]], language: str) -> list[list[Said]]:
    """Whose consent a plan needs, by measure: the measure, who, and after which law.

    Parameters
    ----------
    told
        Consents of the record of a run.
    language
        As in `say`.
    """
    return [
        [(measure(one["kind"], language), language), say(one["consent"], language),
         _law(one.get("basis", ""), language)]
        for one in told
    ]  # fmt: skip


def _law(text: str, language: str) -> Said:
    """A law by its own name, or what it is called in general."""
    said, spoken = say(text, language)
    return (said, language if spoken == language else "")


def figures(rows: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Rows of figures with their titles and units said.

    Parameters
    ----------
    rows
        With title and unit.
    language
        As in `say`.
    """
    speech = Speech(language)
    found = []
    for row in rows:
        title, spoken = say(str(row["title"]), language)
        found.append({**row, "title": title, "lang": spoken, "unit": speech.unit(str(row["unit"]))})
    return found
