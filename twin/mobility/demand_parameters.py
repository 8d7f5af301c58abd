"""Figures of travel demand for a country, each with its range and grade, and what a City chose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import Fault, InputError
from twin.mobility.choice import CAR_NEST, MODES, NESTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PURPOSES: Final = ("work", "education", "shopping", "leisure", "business", "not_home_based")
"""Purposes in the order of every array over purposes."""
CONSTRAINED: Final = frozenset({"work", "education"})
"""Purposes whose places are taken: trips end at each in proportion to its jobs or school places."""
DIRECTIONS: Final = ("out", "back")
GENERIC: Final = "EU"
"""Rows that stand in for countries without rows of their own."""
SUBJECT: Final = "travel"
PREFIX: Final = "mobility."
CHOSEN: Final = "chosen"
ASSUMED: Final = "assumed"
FREE: Final = tuple(
    [f"deterrence.{purpose}" for purpose in PURPOSES] + [f"constant.{mode}" for mode in MODES]
)
"""Keys without a figure of their own: fitted unless a City sets them."""
_TABLES: Final = ("trip_purposes", "value_of_time", "mode_shares", "mode_choice")


@dataclass(frozen=True)
class DemandParameters:
    """Figures of who travels where, when and how.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code that was asked for.
    rate : (purposes,) [1/d]
        One-way trips of a resident.
    length : (purposes,) [km]
        Mean trip by all modes.
    occupancy : (purposes,) [people/veh]
    value_of_time : (purposes,) [EUR/h]
    scale : (purposes,) [1/min]
        Weight of a minute of generalised time in the choice of mode.
    shares : (modes,) [1]
        Share of trips by main mode in the survey that the constants are fitted to.
    nest_scales : (nests,) [1]
        Logsum parameters.
    weight : (modes,) [1]
        What a minute of a mode counts for where the skims do not say how it feels.
    attraction
        Weight of what draws trips, by purpose and quantity; only ratios within a purpose matter.
    hours : (purposes, 2, 24) [1]
        Share of the ways out and of the ways back that begin in each hour.
    deterrence : (purposes,) [1/min]
        As chosen for this City; NaN where it is fitted.
    constants : (modes,) [1]
        As chosen for this City; NaN where they are fitted.
    figures
        Every figure by key: value, unit, low, high, source, evidence, country.
    substitutes
        One sentence for each country that stands in.
    """

    country: str
    rate: NDArray[np.float64]
    length: NDArray[np.float64]
    occupancy: NDArray[np.float64]
    value_of_time: NDArray[np.float64]
    scale: NDArray[np.float64]
    shares: NDArray[np.float64]
    nest_scales: NDArray[np.float64]
    weight: NDArray[np.float64]
    attraction: Mapping[str, Mapping[str, float]]
    hours: NDArray[np.float64]
    deterrence: NDArray[np.float64]
    constants: NDArray[np.float64]
    figures: pd.DataFrame
    substitutes: tuple[str, ...]

    def __getitem__(self, key: str) -> float:
        return float(self.figures.loc[key, "value"])


def demand_parameters(country: str, chosen: pd.DataFrame | None = None) -> DemandParameters:
    """Load every figure of travel demand for a country and put in what a City chose.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; countries without rows get the generic European ones.
    chosen
        Table ``parameters`` of a City; its rows ``mobility.<key>`` replace the figure of that key.

    Raises
    ------
    InputError
        If a chosen value is no number or outside what its unit allows.
    """
    figures = _with_chosen(_figures(country), chosen)
    value = figures["value"]
    return DemandParameters(
        country=country,
        rate=_by(value, "rate", PURPOSES) * value["demand_factor"],
        length=_by(value, "length", PURPOSES),
        occupancy=_by(value, "occupancy", PURPOSES),
        value_of_time=_by(value, "value_of_time", PURPOSES),
        scale=_by(value, "scale", PURPOSES),
        shares=_normed(_by(value, "share", MODES)),
        nest_scales=np.where(np.arange(NESTS.max() + 1) == CAR_NEST, value["nest.car"], 1.0),
        weight=np.array([float(value.get(f"weight.{mode}", 1.0)) for mode in MODES]),
        attraction=_attraction(value),
        hours=_hours(country),
        deterrence=_by(value, "deterrence", PURPOSES),
        constants=_by(value, "constant", MODES),
        figures=figures,
        substitutes=_substitutes(country, figures),
    )


def known_keys() -> frozenset[str]:
    """Keys that a City may set, without the prefix."""
    return frozenset(_figures(GENERIC).index)


def of_country(name: str, country: str) -> pd.DataFrame:
    """Rows of a table of travel demand: generic ones, replaced where the country has its own."""
    rows = tables.load(name)
    own, _ = tables.of_country(rows, country, SUBJECT)
    generic = rows[rows["country"] == GENERIC]
    keys = [column for column in ("key", "purpose", "direction") if column in rows]
    both = pd.concat([generic, own])
    return both.drop_duplicates(keys, keep="last").reset_index(drop=True)


@cache
def _figures(country: str) -> pd.DataFrame:
    """All figures of a country by key, and the free ones as missing."""
    rows = pd.concat([of_country(name, country) for name in _TABLES])
    rows = rows.set_index("key")[["value", "unit", "low", "high", "source", "evidence", "country"]]
    free = pd.DataFrame(index=pd.Index(FREE), columns=rows.columns).assign(
        value=np.nan, unit=["1/min" if key.startswith("det") else "1" for key in FREE],
        low=np.nan, high=np.nan, source="fitted", evidence="fitted", country=country,
    )  # fmt: skip
    both = pd.concat([rows, free])
    numbers = ["value", "low", "high"]
    return both.astype(dict.fromkeys(numbers, "float64"))


def chosen_figures(chosen: pd.DataFrame | None) -> pd.DataFrame:
    """Rows ``mobility.<key>`` of a City's parameters by key, values as numbers.

    Parameters
    ----------
    chosen
        Table ``parameters`` of a City, or None.

    Raises
    ------
    InputError
        If a value is no finite number.
    """
    if chosen is None:
        return pd.DataFrame({"value": [], "source": []})
    own = chosen[chosen.index.str.startswith(PREFIX)]
    values = pd.to_numeric(own["value"], errors="coerce")
    faults = [
        Fault(f"row {name}", f"'{own.loc[name, 'value']}' is no number.", "Give a number.")
        for name in own.index[~np.isfinite(values)]
    ]
    if faults:
        raise InputError.of("parameters of the City", faults)
    index = own.index.str.removeprefix(PREFIX)
    return pd.DataFrame({"value": values.to_numpy(float), "source": own["source"].to_numpy()},
                        index=index)  # fmt: skip


def _with_chosen(figures: pd.DataFrame, chosen: pd.DataFrame | None) -> pd.DataFrame:
    rows = chosen_figures(chosen)
    rows = rows[rows.index.isin(figures.index)]
    if rows.empty:
        return figures
    done = figures.copy()
    done.loc[rows.index, "value"] = rows["value"]
    done.loc[rows.index, "source"] = rows["source"].astype(object)
    done.loc[rows.index, "evidence"] = CHOSEN
    faults = [fault for key in rows.index for fault in _faults(str(key), done.loc[str(key)])]
    if faults:
        raise InputError.of("parameters of the City", faults)
    return done


def _faults(key: str, row: pd.Series) -> list[Fault]:
    """What is wrong with a chosen value: figures are not negative, shares at most 1."""
    if key.startswith("constant."):
        return []
    share = "share" in key or key in {"car.available", "nest.car", "employed", "pupils"}
    kind = key.partition(".")[0]
    positive = kind in {"value_of_time", "scale", "nest", "length", "occupancy"}
    upper = 1.0 if share else math.inf
    value = float(row["value"])
    if 0.0 <= value <= upper and not (positive and value == 0.0):
        return []
    least = "above 0" if positive else "at least 0"
    most = " and at most 1" if share else ""
    return [Fault(f"row {PREFIX}{key}", f"{value:g} [{row['unit']}] is not possible.",
                  f"Give a value {least}{most}.")]  # fmt: skip


def _by(value: pd.Series, quantity: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    return np.asarray(value[[f"{quantity}.{name}" for name in names]], dtype=np.float64)


def _normed(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(shares / shares.sum())


def _attraction(value: pd.Series) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {purpose: {} for purpose in PURPOSES}
    for key, weight in value.items():
        kind, _, rest = str(key).partition(".")
        if kind == "attraction":
            purpose, quantity = rest.split(".")
            found[purpose][quantity] = float(weight)
    return found


def _hours(country: str) -> NDArray[np.float64]:
    rows = of_country("hourly_profiles", country).set_index(["purpose", "direction"])
    columns = [f"h{hour:02d}" for hour in range(24)]
    order = [(purpose, direction) for purpose in PURPOSES for direction in DIRECTIONS]
    shares = rows.loc[order, columns].to_numpy(dtype=np.float64)
    return np.asarray(shares.reshape(len(PURPOSES), len(DIRECTIONS), 24))


def _substitutes(country: str, figures: pd.DataFrame) -> tuple[str, ...]:
    """Whose trip rates and mode shares stand in."""
    found = []
    for what, key in (
        ("Trips by purpose", "rate.work"),
        ("Shares of modes", "share.walk"),
        ("Values of time", "value_of_time.work"),
    ):
        used = str(figures.loc[key, "country"])
        if used != country:
            named = "generic European figures" if used == GENERIC else f"figures of {used}"
            found.append(f"{what}: {named} stand in for {country} (assumed).")
    return tuple(found)
