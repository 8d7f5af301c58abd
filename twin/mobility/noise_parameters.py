"""Figures of road noise: CNOSSOS coefficients as arrays, and what the way of the sound needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

CATEGORIES: Final = ("1", "2", "3")
"""Vehicle categories that are modelled: light, medium heavy, heavy."""

REFERENCE_SURFACE: Final = "DEF"
METHOD: Final = "CNOSSOS-EU"
UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Gradient:
    """One branch of the correction of propulsion for slopes, (v - start)/100 (s - threshold)/divisor.

    Parameters
    ----------
    threshold, divisor
        Of the slope [%].
    start
        Speed from which the speed weighs [km/h].
    weighted
        Whether the speed weighs at all.
    """

    threshold: float
    divisor: float
    start: float
    weighted: bool


@dataclass(frozen=True)
class Vehicle:
    """Sound power of one category of vehicles, by octave band.

    Parameters
    ----------
    rolling, rolling_slope : (bands,) [dB]
        A and B of rolling noise; minus infinity where a category has none.
    propulsion, propulsion_slope : (bands,) [dB]
        A and B of propulsion noise.
    stud, stud_slope : (bands,) [dB]
        a and b of studded tyres; zeros where they do not apply.
    colder
        Rise of rolling noise in colder air [dB/K].
    junction
        Kind of junction (signals, roundabout) to change of rolling and of propulsion noise [dB].
    gradient
        Direction (up, down) to its correction; none for two-wheelers.
    """

    rolling: NDArray[np.float64]
    rolling_slope: NDArray[np.float64]
    propulsion: NDArray[np.float64]
    propulsion_slope: NDArray[np.float64]
    stud: NDArray[np.float64]
    stud_slope: NDArray[np.float64]
    colder: float
    junction: Mapping[str, tuple[float, float]]
    gradient: Mapping[str, Gradient]


@dataclass(frozen=True)
class Period:
    """One of the parts of a day of which Lden is made.

    Parameters
    ----------
    name
        day, evening or night.
    start, end
        Hours of local time [h]; the end may lie in the next day.
    penalty
        Added to its level [dB].
    """

    name: str
    start: float
    end: float
    penalty: float

    @property
    def hours(self) -> float:
        """How long it lasts [h]."""
        return (self.end - self.start) % 24.0


@dataclass(frozen=True)
class NoiseParameters:
    """Figures of road noise.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code that was asked for.
    method
        Name of the method that the country prescribes.
    legal
        Whether that is CNOSSOS-EU, so that levels may be held against limits.
    bands : (bands,) [Hz]
        Octave bands.
    weighting : (bands,) [dB]
        A weighting.
    vehicles
        Category to its coefficients.
    surfaces
        Road surface and category to spectrum (bands,) [dB] and slope [dB].
    tagged
        Surface as tagged to road surface.
    periods
        Parts of a day.
    studs
        Share of light vehicles with studded tyres, mean of the year [1].
    ground
        Kind and value of the land table to ground factor [1]; an empty value: all others.
    figures
        Key to value of noise.csv, in the unit that stands there.
    """

    country: str
    method: str
    legal: bool
    bands: NDArray[np.float64]
    weighting: NDArray[np.float64]
    vehicles: Mapping[str, Vehicle]
    surfaces: Mapping[tuple[str, str], tuple[NDArray[np.float64], float]]
    tagged: Mapping[str, str]
    periods: tuple[Period, ...]
    studs: float
    ground: Mapping[tuple[str, str], float]
    figures: Mapping[str, float]


def noise_parameters(country: str) -> NoiseParameters:
    """Load every figure of road noise for a country.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; one that noise_methods.csv does not list gets levels that only
        serve to compare plans.
    """
    bands = tables.load("noise_bands")
    methods = tables.load("noise_methods").set_index("country")
    known = country in methods.index
    return NoiseParameters(
        country=country,
        method=str(methods.loc[country, "method"]) if known else "unknown",
        legal=known and methods.loc[country, "legal"] == "yes",
        bands=bands["band"].to_numpy(dtype=np.float64),
        weighting=bands["value"].to_numpy(dtype=np.float64),
        vehicles=vehicles(tables.load("cnossos_vehicles")),
        surfaces=surfaces(tables.load("cnossos_surfaces")),
        tagged=tables.load("noise_surfaces").set_index("surface")["value"].to_dict(),
        periods=_periods(tables.load("noise_periods")),
        studs=_studs(country),
        ground=_ground(tables.load("noise_ground")),
        figures=tables.figures("noise"),
    )


def vehicles(rows: pd.DataFrame) -> dict[str, Vehicle]:
    """Coefficients by category, from rows as in cnossos_vehicles.csv."""
    found = {}
    for category, own in rows.groupby("category", sort=False):
        by_name = {name: part["value"].to_numpy(dtype=np.float64)
                   for name, part in own.groupby("coefficient", sort=False)}  # fmt: skip
        nothing = np.zeros_like(by_name["ap"])
        found[str(category)] = Vehicle(
            rolling=by_name.get("ar", nothing - np.inf),
            rolling_slope=by_name.get("br", nothing),
            propulsion=by_name["ap"],
            propulsion_slope=by_name["bp"],
            stud=by_name.get("a", nothing),
            stud_slope=by_name.get("b", nothing),
            colder=tables.figures("noise").get(f"rolling.air.{category}", 0.0),
            junction=_junction(str(category)),
            gradient=_gradient(str(category)),
        )
    return found


def surfaces(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[NDArray[np.float64], float]]:
    """Spectrum [dB] and slope [dB] by surface and category, from rows as in cnossos_surfaces.csv."""
    found = {}
    for (surface, category), own in rows.groupby(["surface", "category"], sort=False):
        slope = own["band"].eq("slope").to_numpy()
        values = own["value"].to_numpy(dtype=np.float64)
        found[str(surface), str(category)] = (values[~slope], float(values[slope][0]))
    return found


def _junction(category: str) -> dict[str, tuple[float, float]]:
    rows = tables.load("cnossos_junctions")
    own = rows[rows["category"].astype(str) == category]
    wide = own.pivot_table(index="junction", columns="coefficient", values="value")
    return {str(kind): (float(row["cr"]), float(row["cp"])) for kind, row in wide.iterrows()}


def _gradient(category: str) -> dict[str, Gradient]:
    rows = tables.load("cnossos_gradient")
    return {
        row["direction"]: Gradient(
            row["threshold"], row["divisor"], row["from"], row["weighted"] == "yes"
        )
        for row in rows[rows["category"].astype(str) == category].to_dict("records")
    }


def _periods(rows: pd.DataFrame) -> tuple[Period, ...]:
    return tuple(
        Period(row["period"], float(row["start"]), float(row["end"]), float(row["value"]))
        for row in rows.to_dict("records")
    )


def _studs(country: str) -> float:
    """Mean share over the year of light vehicles with studded tyres [1]."""
    rows = tables.load("noise_studs")
    own = rows[rows["country"] == country].set_index("key")["value"]
    return 0.0 if own.empty else float(own["share"] * own["months"] / 12.0)


def _ground(rows: pd.DataFrame) -> dict[tuple[str, str], float]:
    keys = zip(rows["kind"], rows["land"].fillna(""), strict=True)
    return dict(zip(keys, rows["value"].astype(float), strict=True))
