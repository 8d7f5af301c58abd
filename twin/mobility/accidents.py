"""Crashes: those that were counted on each street, and what traffic costs others by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from shapely import STRtree

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KIND: Final = "crash"
"""Kind of the points that are injury crashes."""
SEVERITIES: Final = ("fatal", "serious", "slight")
YEAR = 4
"""Characters of the year in an ISO date."""

CITATIONS: Final = (
    "van Essen and others 2019, Handbook on the external costs of transport, European Commission.",
)


@dataclass(frozen=True)
class Observed:
    """Injury crashes that were attached to the City, by street.

    Parameters
    ----------
    frame
        Index of the streets. crashes [1/a] and crash_loss [EUR/a]: the value of their casualties.
    years
        Calendar years that the crashes are from [1]; 0 where none is dated.
    counts
        crashes, far: too far from any street, undated, unknown_severity, all [1].
    """

    frame: pd.DataFrame
    years: int
    counts: dict[str, float]


def observed(
    points: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, figures: Mapping[str, float]
) -> Observed:
    """Count injury crashes on the nearest street, a year of those that the dates span.

    The worst injury stands for one of the casualties, the others count as slightly injured.

    Parameters
    ----------
    points
        City table: kind, quantity (severity), value (casualties), geometry and, where it is there,
        date.
    streets
        City table; in the same CRS.
    figures
        Of external_costs.csv by key.
    """
    crashes = points[points["kind"] == KIND]
    severity = crashes["quantity"].where(crashes["quantity"].isin(SEVERITIES))
    year = crashes.get("date", pd.Series(None, crashes.index, dtype="str")).str[:YEAR]
    dated = crashes[year.notna() & severity.notna()]
    street = _nearest(dated, streets, figures["crash.reach"])
    near = street >= 0
    years = int(year[dated.index].nunique())
    loss = _loss(dated["value"].to_numpy(np.float64), severity[dated.index], figures)
    per_year = 1.0 / years if years else 0.0
    count = np.bincount(street[near], minlength=len(streets)).astype(np.float64)
    value = np.bincount(street[near], weights=loss[near], minlength=len(streets))
    return Observed(
        frame=pd.DataFrame(
            {"crashes": count * per_year, "crash_loss": value * per_year}, index=streets.index
        ),
        years=years,
        counts={
            "crashes": float(len(crashes)),
            "far": float((~near).sum()),
            "undated": float(year.isna().sum()),
            "unknown_severity": float((severity.isna() & year.notna()).sum()),
        },
    )


def _nearest(
    crashes: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, reach: float
) -> NDArray[np.int64]:
    """Number of the nearest street of each crash, the first of equals; -1 where all are too far."""
    found = np.full(len(crashes), -1, dtype=np.int64)
    if len(crashes) == 0 or len(streets) == 0:
        return found
    tree = STRtree(streets.geometry.to_numpy())
    places = crashes.geometry.to_numpy()
    crash, street = tree.query_nearest(places, max_distance=reach, all_matches=True)
    order = np.lexsort((street, crash))[::-1]
    found[crash[order]] = street[order]
    return found


def _loss(casualties: Floats, severity: pd.Series, figures: Mapping[str, float]) -> Floats:
    """Value of the casualties of each crash [EUR]."""
    worst = severity.map({name: figures[f"casualty.{name}"] for name in SEVERITIES})
    others = np.maximum(np.nan_to_num(casualties, nan=1.0) - 1.0, 0.0)
    return np.asarray(worst.to_numpy(np.float64) + others * figures["casualty.slight"])


def rates(
    figures: Mapping[str, float],
    vehicle_km: Mapping[str, float] | None = None,
    loss: float | None = None,
) -> dict[str, float]:
    """What a kilometre of each kind of vehicle costs others by crashes [EUR/km].

    Where crashes of the place are known, the rates are scaled so that its traffic costs what they
    cost; the proportions between the kinds of vehicle stay.

    Parameters
    ----------
    figures
        Of external_costs.csv by key.
    vehicle_km
        Kilometres of the place by kind of vehicle [veh km/a].
    loss
        Value of the casualties of its crashes [EUR/a].
    """
    known = {key.removeprefix("crash."): value for key, value in figures.items()
             if key.startswith("crash.") and key != "crash.reach"}  # fmt: skip
    if vehicle_km is None or loss is None:
        return known
    expected = sum(known[name] * value for name, value in vehicle_km.items())
    if expected <= 0.0 or loss <= 0.0:
        return known
    return {name: value * loss / expected for name, value in known.items()}


def cost(
    vehicle_km: Mapping[str, Floats], index: pd.Index, by_vehicle: Mapping[str, float]
) -> pd.Series:
    """Cost of crashes to others that the traffic of each street is to be expected to cause [EUR/a].

    Parameters
    ----------
    vehicle_km
        By kind of vehicle (streets,) [veh km/a].
    index
        Ids of the streets.
    by_vehicle
        Of `rates` [EUR/km].
    """
    total = np.zeros(len(index))
    for name, values in vehicle_km.items():
        total = total + by_vehicle[name] * values
    return pd.Series(total, index=index, name="crash_cost")


def limits(found: Observed, *, scaled: bool) -> tuple[str, ...]:
    """What the costs of crashes cannot see, in plain sentences."""
    sentences = [
        (
            "The cost of crashes grows with the kilometres driven alone: no street is taken for "
            "safer than another, and lower speeds save nothing here."
        ),
        (
            f"The cost of crashes is scaled to those of {found.years} years that were attached."
            if scaled
            else "The rates of crashes are means of Europe (assumed), not crashes of this place."
        ),
    ]
    told = (
        ("far", "lie too far from any street"),
        ("undated", "have no date"),
        ("unknown_severity", "do not say how grave they were"),
    )
    sentences += [
        f"Crashes left out because they {why}: {found.counts[name]:.0f}."
        for name, why in told
        if found.counts[name]
    ]
    return tuple(sentences)
