"""What each run comes to, in a line: tonnes, and streets with noticeably more and fewer cars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.maps import style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from twin.city import City
    from twin.result import Result

NEAR, FAR = 0.05, 10.0
"""Below and from here on kilometres are told whole [km]."""
SURE: Final = 1e-3
"""Relative change of the tonnes that is called none: traffic is not known better [1]."""


@dataclass(frozen=True)
class Finding:
    """What one run comes to beside doing nothing.

    Parameters
    ----------
    tonnes
        Greenhouse gases of its year, NaN where nothing was booked [tCO2e/a].
    share
        Change from doing nothing, NaN where it cannot be told [1].
    more, fewer
        Streets with noticeably more and fewer cars [km].
    """

    tonnes: float
    share: float
    more: float
    fewer: float


def find(city: City, run: Result, idle: Result | None) -> Finding:
    """Work out what a run comes to.

    Parameters
    ----------
    city
        City of both.
    run
        Result.
    idle
        What doing nothing brings in the same year, or None.
    """
    tonnes = run.ledger.total("tco2e", kind="activity")
    if idle is None:
        return Finding(tonnes, float("nan"), float("nan"), float("nan"))
    before = idle.ledger.total("tco2e", kind="activity")
    share = tonnes / before - 1.0 if before > 0.0 else float("nan")
    return Finding(tonnes, share, *_moved(city, run.frames, idle.frames))


def _moved(
    city: City, after: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame]
) -> tuple[float, float]:
    """Kilometres of streets with noticeably more and fewer cars."""
    if any("vehicles" not in frames.get("streets", ()) for frames in (after, before)):
        return float("nan"), float("nan")
    streets = city.streets[city.streets["inside"].astype(bool)]
    old, new = (one["streets"]["vehicles"].reindex(streets.index) for one in (before, after))
    change = (new.fillna(0.0) - old.fillna(0.0)).where(new.notna() | old.notna())
    least = style.noticeable("streets", "vehicles", 0)
    length = streets["length"].to_numpy(dtype="float64") / 1e3
    return (
        float(length[(change >= least).to_numpy()].sum()),
        float(length[(change <= -least).to_numpy()].sum()),
    )


def text(found: Finding, said: Mapping[str, str], language: str) -> str:
    """A finding in a sentence or two; empty where nothing can be told.

    Parameters
    ----------
    found
        Of `find`.
    said
        Words of the language.
    language
        For its numbers.
    """
    parts = []
    if np.isfinite(found.tonnes):
        parts.append(said["find_tonnes"].format(t=number(found.tonnes, 0, language)))
    if np.isfinite(found.share) and abs(found.share) < SURE:
        parts.append(said["find_same"])
    elif np.isfinite(found.share):
        share = number(abs(100.0 * found.share), 1, language)
        parts.append(said["find_less" if found.share < 0.0 else "find_more"].format(share=share))
    if found.more > 0.0 or found.fewer > 0.0:
        more, fewer = (_kilometres(km, language) for km in (found.more, found.fewer))
        parts.append(said["find_cars"].format(more=more, fewer=fewer))
    elif np.isfinite(found.more):
        parts.append(said["find_still"])
    return " ".join(parts)


def _kilometres(km: float, language: str) -> str:
    return number(km, 0 if km >= FAR or km < NEAR else 1, language)


def number(value: float, decimals: int, language: str) -> str:
    """Print a number as people of a language write it."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale=language))
