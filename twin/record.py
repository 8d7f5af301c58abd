"""What a run records beside its figures: limits, substitutes, sources, versions, digest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata
from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.domain import Outcome
    from twin.factors import FactorSet
    from twin.ledger import Ledger

PACKAGES: Final = ("netzero-twin", "geopandas", "numba", "numpy", "pandas", "scipy", "shapely")
"""Versions of these stand in the run record."""


def not_computed(book: Ledger) -> dict[str, dict[str, float]]:
    """Rows and energy without emissions, by carrier."""
    rows = book.rows
    lost = rows[rows["kind"].eq("activity") & rows["tco2e"].isna()]
    return {
        str(carrier): {"rows": len(part), "kwh": fsum(part["activity"].tolist())}
        for carrier, part in lost.groupby("carrier", observed=True)
    }


def _used(book: Ledger) -> set[str]:
    return set(book.rows["carrier"].dropna().astype("str").unique())


def substitutes(outcomes: Mapping[str, Outcome], chosen: FactorSet, book: Ledger) -> list[str]:
    """Sentences that name every country that stands in."""
    own = [
        f"Emission factor of {carrier}: the figure of {other} stands in for {chosen.country} "
        "(assumed)."
        for carrier, other in chosen.substitutes().items()
        if carrier in _used(book)
    ]
    return once([*(line for one in outcomes.values() for line in one.substitutes), *own])


def limits(
    outcomes: Mapping[str, Outcome],
    absent: Mapping[str, str],
    chosen: FactorSet,
    year: int,
    book: Ledger,
) -> list[str]:
    """What this run does not say, in plain sentences."""
    told = [line for one in outcomes.values() for line in one.limits]
    return once([*absent.values(), *told, *_factor_limits(chosen, year, book)])


def _factor_limits(chosen: FactorSet, year: int, book: Ledger) -> Iterable[str]:
    """What the factors do not say about this year."""
    used = _used(book)
    frozen = [line for line in chosen.outside(year) if line.split(" ", 1)[0] in used]
    if frozen:
        yield (
            f"Emission factors for {year} are kept at their nearest known year: "
            f"{'; '.join(frozen)}."
        )
    for carrier, lost in not_computed(book).items():
        yield (
            f"No emission factor for {carrier} in {chosen.country}: {lost['kwh']:,.0f} kWh in "
            f"{lost['rows']} rows have no emissions in the sums."
        )
    table = chosen.at(year)
    assumed = [name for name in table.index[table["evidence"].eq("assumed")] if name in used]
    if assumed:
        yield f"Emission factors that are assumed, not published: {', '.join(assumed)}."


def citations(outcomes: Mapping[str, Outcome], book: Ledger) -> dict[str, list[str]]:
    """References by model: each engine's own, and those of the booking."""
    own = {name: list(one.citations) for name, one in outcomes.items()}
    table = tables.load("citations", "twin.data")
    booking = {str(name): list(part["citation"]) for name, part in table.groupby("model")}
    return own | (booking if len(book) else {})


def once(lines: Iterable[str]) -> list[str]:
    """Lines in order, each once."""
    return list(dict.fromkeys(lines))


def version(package: str) -> str:
    """Version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def digest(record: Any) -> str:
    """Digest of plain values, equal for equal runs [32 hex digits]."""
    text = json.dumps(record, sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def plain(value: Any) -> Any:
    """Values that JSON can hold: no array scalars, no tuples, and no figure as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
