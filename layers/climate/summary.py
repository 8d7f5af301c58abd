"""A year of hours as the monthly table of a City, and the check that a year may be calibrated on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.climate import contract
from layers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    import xarray as xr

WATTS_PER_KILOWATT: Final = 1000.0
COLUMNS: Final = ("temperature", "ghi", "dhi", "wind")


def monthly(weather: xr.Dataset) -> pd.DataFrame:
    """Sum a year up by the months of local standard time.

    Parameters
    ----------
    weather
        A year that satisfies the contract.

    Returns
    -------
    pd.DataFrame
        Index month 1..12; temperature [degC] and wind [m/s] are means, ghi and dhi [kWh/m2] sums;
        wind is not a number if it was not measured.

    Raises
    ------
    InputError
        If the year has no irradiance.
    """
    if "ghi" not in weather or "dhi" not in weather:
        raise InputError(
            str(weather.attrs.get("place", "weather")), "ghi", "is not in this weather.",
            "Give a file with global irradiance, or let it be made from monthly sums.",
        )  # fmt: skip
    month = contract.local(weather).month
    columns = {
        "temperature": weather["temperature"].to_numpy(),
        "ghi": weather["ghi"].to_numpy() / WATTS_PER_KILOWATT,
        "dhi": weather["dhi"].to_numpy() / WATTS_PER_KILOWATT,
        "wind": weather["wind_speed"].to_numpy() if "wind_speed" in weather else np.nan,
    }
    groups = pd.DataFrame(columns, index=month).groupby(level=0)
    found = groups.agg({"temperature": "mean", "ghi": "sum", "dhi": "sum", "wind": "mean"})
    return found.set_index(pd.Index(found.index.astype("int64"), name="month")).astype("float64")


def measured(
    weather: xr.Dataset,
    months: Collection[pd.Period],
    variables: Collection[str] = ("temperature",),
) -> xr.Dataset:
    """Return the weather if it is that of the meter's own months, or refuse.

    A model that is fitted to metered months needs the weather of these months: with a typical or
    synthetic year the fit would take the difference between the years for a trait of the building.

    Parameters
    ----------
    weather
        A year that satisfies the contract.
    months
        Months of the meter, such as ``pd.Period("2023-01", "M")``.
    variables
        What the fit needs.

    Raises
    ------
    InputError
        If the weather is typical, synthetic or morphed, borrowed, or of other months.
    """
    about = weather.attrs
    place = str(about.get("place", "weather"))
    if about["kind"] != contract.ACTUAL:
        raise InputError(
            place, "weather", f"is {about['kind']}; meters need the weather of their own months.",
            "Give measured hours of these months (DMI, AEMET, PVGIS of the year).",
        )  # fmt: skip
    borrowed = set(str(about.get("borrowed", "")).split()) & set(variables)
    absent = sorted(borrowed | {name for name in variables if name not in weather})
    if absent:
        raise InputError(place, ", ".join(absent), "was not measured here.",
                         "Give a file that has it.")  # fmt: skip
    there = set(contract.local(weather).to_period("M").unique())
    missing = sorted(str(month) for month in set(months) - there)
    if missing:
        raise InputError(place, "months", f"{', '.join(missing[:12])} are not in this weather.",
                         f"It is of {about['years']}; give the weather of these months.")  # fmt: skip
    return weather
