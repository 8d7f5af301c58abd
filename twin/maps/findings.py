"""What each run comes to, in a few lines: tonnes, and streets with noticeably more and fewer cars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.maps import ground, style
from twin.speech import MINUS, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from twin.city import City
    from twin.result import Result

    Named = tuple[tuple[str, float], ...]

NEAR, FAR = 0.05, 10.0
"""Below and from here on kilometres, and percent, are told whole [km or %]."""
NAMED: Final = 3
"""Streets that are named where traffic changes most [1]."""
SURE: Final = 1e-3
"""Relative change of the tonnes that is called none: traffic is not known better [1]."""
TOLD: Final = 0.005
"""Relative change of the tonnes from which a headline tells it [1]."""
WIDE: Final = 32
"""Characters of the name of a street at most [1]."""
UNKNOWN: Final = float("nan")


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
    gains, losses
        Names of the streets where cars become most more and most fewer, and by how many: that of
        the stretch that changes most [veh/d].
    """

    tonnes: float
    share: float
    more: float
    fewer: float
    gains: Named = ()
    losses: Named = ()


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
        return Finding(tonnes, UNKNOWN, UNKNOWN, UNKNOWN)
    before = idle.ledger.total("tco2e", kind="activity")
    share = tonnes / before - 1.0 if before > 0.0 else float("nan")
    change = _change(city, run.frames, idle.frames)
    if change is None:
        return Finding(tonnes, share, UNKNOWN, UNKNOWN)
    least = style.noticeable("streets", "vehicles", 0)
    length = city.streets["length"].reindex(change.index).to_numpy(dtype="float64") / 1e3
    return Finding(
        tonnes,
        share,
        more=float(length[(change >= least).to_numpy()].sum()),
        fewer=float(length[(change <= -least).to_numpy()].sum()),
        gains=_named(city, change[change >= least]),
        losses=_named(city, change[change <= -least]),
    )


def _change(
    city: City, after: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame]
) -> pd.Series | None:
    """Change of the cars of each street inside; None where either side has none."""
    if any("vehicles" not in frames.get("streets", ()) for frames in (after, before)):
        return None
    streets = city.streets[city.streets["inside"].astype(bool)]
    old, new = (one["streets"]["vehicles"].reindex(streets.index) for one in (before, after))
    change: pd.Series = (new.fillna(0.0) - old.fillna(0.0)).where(new.notna() | old.notna())
    return change


def _named(city: City, change: pd.Series) -> Named:
    """Streets by name, each with the change of its stretch that changes most, the largest first."""
    if change.empty:
        return ()
    names = ground.street_names(city).reindex(change.index)
    order = change[names.notna().to_numpy()].abs().sort_values(ascending=False, kind="stable")
    first = names[order.index].drop_duplicates().head(NAMED)
    return tuple((str(name), float(change[at])) for at, name in first.items())


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


def lines(found: Finding, said: Mapping[str, str], language: str) -> list[str]:
    """A finding in short lines: tonnes, lengths of streets, then which streets change most.

    Parameters
    ----------
    found, said, language
        As in `text`.
    """
    made = [
        text(Finding(found.tonnes, found.share, UNKNOWN, UNKNOWN), said, language),
        text(Finding(UNKNOWN, UNKNOWN, found.more, found.fewer), said, language),
    ]
    for key, streets in (("find_gains", found.gains), ("find_losses", found.losses)):
        told = [f"{short(name, WIDE)} {signed(by, language)}" for name, by in streets]
        made.append(said[key].format(streets=", ".join(told)) if told else "")
    return [line for line in made if line]


def clause(found: Finding, said: Mapping[str, str], language: str) -> str:
    """The weightiest part of a finding, as a headline holds it; empty where nothing can be told.

    Parameters
    ----------
    found, said, language
        As in `text`.
    """
    if np.isfinite(found.share) and abs(found.share) >= TOLD:
        percent = abs(100.0 * found.share)
        share = number(percent, 0 if percent >= FAR else 1, language)
        return said["head_less" if found.share < 0.0 else "head_more"].format(share=share)
    if found.more > 0.0 or found.fewer > 0.0:
        more, fewer = (_kilometres(km, language) for km in (found.more, found.fewer))
        return said["head_cars"].format(more=more, fewer=fewer)
    return said["head_same"] if np.isfinite(found.share) or np.isfinite(found.more) else ""


def _kilometres(km: float, language: str) -> str:
    return number(km, 0 if km >= FAR or km < NEAR else 1, language)


def signed(value: float, language: str) -> str:
    """Print a change with its sign, to two digits: models do not know it better."""
    told = style.round_nice(value)
    sign = "+" if told > 0.0 else MINUS if told < 0.0 else ""
    return sign + number(abs(told), 0 if told == 0.0 or abs(told) >= 1.0 else 2, language)


def number(value: float, decimals: int, language: str) -> str:
    """Print a number as people of a language write it."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale=language))
