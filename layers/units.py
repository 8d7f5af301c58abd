"""Units that registers write, and their conversion to ours."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from layers import tables

BRACKETS: Final = re.compile(r"(.+?)\s*[\[(]\s*([^\[\]()]+(?:\([^()]*\))?)\s*[\])]\s*")
TAIL: Final = re.compile(r"(.+?)(?:[\s_]+(?:in|i|en)|)[\s_]+([^\s_]+)")


@cache
def _known() -> dict[str, tuple[str, str, float]]:
    rows = tables.load("units")
    return {
        str(row.alias).casefold() if len(str(row.alias)) > 1 else str(row.alias): (
            str(row.unit), str(row.quantity), float(row.factor)
        )
        for row in rows.itertuples()
    }  # fmt: skip


def _one(text: str) -> tuple[str, str, float] | None:
    known = _known()
    return known.get(text) or (known.get(text.casefold()) if len(text) > 1 else None)


def _parts(text: str) -> list[tuple[str, str, float]] | None:
    """Parts of a unit between slashes: kWh/(m2 a) is kWh, m2, a."""
    whole = _one(text.strip())
    if whole:
        return [whole]
    flat = re.sub(r"[()]", " ", text).replace("*", " ").replace("·", " ")
    flat = re.sub(r"(m2|m²)a$", r"\1 a", flat.strip())
    words = [word for part in flat.split("/") for word in part.split()]
    found = [_one(word) for word in words]
    return None if not found or None in found else [part for part in found if part]


def name(text: str) -> str | None:
    """Our spelling of a unit, or None if it is not known."""
    parts = _parts(text)
    return None if parts is None else "/".join(part[0] for part in parts)


def factor(theirs: str, ours: str) -> float | None:
    """Factor from one unit to another [1]; None if unknown or not the same quantity.

    Parameters
    ----------
    theirs, ours
        Units as written; ``kWh/(m2 a)`` is read as numerator and denominators.
    """
    a, b = _parts(theirs), _parts(ours)
    if a is None or b is None or [part[1] for part in a] != [part[1] for part in b]:
        return None
    value = a[0][2] / b[0][2]
    for mine, other in zip(a[1:], b[1:], strict=True):
        value *= other[2] / mine[2]
    return value


def split_header(header: str) -> tuple[str, str]:
    """Take the unit off a header: "Heat [MWh]" is "Heat" and "MWh"; no unit gives "".

    Parameters
    ----------
    header
        Header cell; the unit stands in brackets, or last after a space or underscore.
    """
    for pattern in (BRACKETS, TAIL):
        match = pattern.fullmatch(header.strip())
        if match and name(match[2]) is not None:
            return match[1], match[2].strip()
    return header, ""


def is_additive(text: str) -> bool:
    """Tell whether values of a unit may be summed over parts: kWh may, kWh/m2 and metres not."""
    rows = tables.load("units")
    return text in set(rows.loc[rows["additive"] == "yes", "unit"])
