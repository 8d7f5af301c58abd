"""Levels of day, evening and night together, and the people who live with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.noise_parameters import NoiseParameters

HOURS: Final = 24.0
NIGHT: Final = "night"
PER_CENT: Final = 100.0


def decibel(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level of an energy [dB]; NaN where there is none."""
    found = np.full(energy.shape, np.nan)
    there = np.isfinite(energy) & (energy > 0.0)
    found[there] = 10.0 * np.log10(energy[there])
    return found


def indicators(
    heard: NDArray[np.float64], parameters: NoiseParameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of Lden and of Lnight (Directive 2002/49/EC, Annex I).

    Parameters
    ----------
    heard : (points, parts of the day)
        Energies in the order of `parameters.periods`.
    parameters
        Hours and penalties of the parts.
    """
    weight = np.array([part.hours * 10.0 ** (part.penalty / 10.0) for part in parameters.periods])
    night = [part.name for part in parameters.periods].index(NIGHT)
    return heard @ weight / HOURS, heard[:, night]


def count(
    heard: NDArray[np.float64],
    owner: NDArray[np.int64],
    buildings: gpd.GeoDataFrame,
    parameters: NoiseParameters,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """People inside the boundary by bands of Lden and Lnight, and how they suffer.

    The residents of a building are shared evenly among the louder half of its points (Directive
    2002/49/EC, Annex II, 2.8).

    Parameters
    ----------
    heard : (points, parts of the day)
        Energies.
    owner : (points,) int64
        Number of the building of each point.
    buildings
        City table: people, inside.
    parameters
        Limits and dose-effect curves.

    Returns
    -------
    table, counts
        Empty where CNOSSOS-EU is not the legal method.
    """
    empty = pd.DataFrame(
        {"indicator": pd.Series(dtype="str"), "lower": [], "upper": [], "people": []}
    )
    if not parameters.legal:
        return empty, {}
    people = buildings["people"].to_numpy() * buildings["inside"].to_numpy()
    tables, counts = [empty], {}
    effects = {"lden": ("annoyed", "highly_annoyed"), "lnight": ("sleep", "highly_sleep_disturbed")}
    for name, energy in zip(effects, indicators(heard, parameters), strict=True):
        residents = share_out(energy, owner, people)
        level = decibel(energy)
        table = bands(name, level, residents, parameters)
        tables.append(table)
        counts[f"people_{name}_above_limit"] = float(table["people"].sum())
        key, effect = effects[name]
        counts[effect] = float((affected(level, key, parameters) * residents).sum())
    return pd.concat(tables, ignore_index=True), counts


def share_out(
    energy: NDArray[np.float64], owner: NDArray[np.int64], people: NDArray[np.float64]
) -> NDArray[np.float64]:
    """People of each building on the louder half of its points (points,); of an odd number the
    quietest point is left out first.

    Parameters
    ----------
    energy : (points,)
        What decides which half is louder.
    owner : (points,) int64
        Number of the building.
    people : (buildings,)
        Residents.
    """  # noqa: D205 - one sentence
    order = np.lexsort((-energy, owner))
    size = np.bincount(owner, minlength=len(people))
    begin = np.cumsum(size) - size
    rank = np.arange(len(owner)) - begin[owner[order]]
    half = np.maximum(size // 2, 1)
    chosen = order[rank < half[owner[order]]]
    found = np.zeros(len(owner))
    found[chosen] = people[owner[chosen]] / half[owner[chosen]]
    return found


def bands(
    indicator: str,
    level: NDArray[np.float64],
    people: NDArray[np.float64],
    parameters: NoiseParameters,
) -> pd.DataFrame:
    """People by bands of a level: indicator, lower, upper [dB(A)] (missing: no end), people.

    Parameters
    ----------
    indicator
        lden or lnight.
    level, people : (points,)
        Level [dB(A)] and people with it.
    parameters
        Lowest limit, width and number of bands.
    """
    figures = parameters.figures
    lower = figures[f"limit.{indicator}"] + figures["limit.band"] * np.arange(
        int(figures["limit.bands"])
    )
    place = np.searchsorted(lower, np.nan_to_num(level, nan=-np.inf), side="right") - 1
    inside = place >= 0
    sums = np.bincount(place[inside], weights=people[inside], minlength=len(lower))
    return pd.DataFrame({
        "indicator": pd.Series([indicator] * len(lower), dtype="str"),
        "lower": lower,
        "upper": [*lower[1:], np.nan],
        "people": sums,
    })  # fmt: skip


def affected(
    level: NDArray[np.float64], effect: str, parameters: NoiseParameters
) -> NDArray[np.float64]:
    """Share of people who suffer at a level [1], curves of WHO 2018 for road traffic.

    Parameters
    ----------
    level : (points,) [dB(A)]
        Lden for annoyed, Lnight for sleep; NaN: nobody.
    effect
        annoyed or sleep.
    parameters
        The curves and the range in which they count.
    """
    figures = parameters.figures
    bounded = np.minimum(level, figures[f"{effect}.highest"])
    share = figures[f"{effect}.constant"] + figures[f"{effect}.linear"] * bounded
    share = (share + figures[f"{effect}.square"] * bounded**2) / PER_CENT
    return np.where(level >= figures[f"{effect}.lowest"], share, 0.0)
