"""Metered heat of German homes by time of building beside what the monthly method says of them.

The figures are those of the whole stock as it stood in 2014, partly renovated; archetypes are taken
as they were built. So the oldest, most of which have had some works since, lie above the figures,
and the tests hold what each period should be and how far it is off.
"""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from layers import tables
from tests.twin.cities import tiny
from twin.energy import stock
from twin.energy.parameters import energy_parameters

STOCK = {1935: 187.0, 1965: 208.0, 1987: 146.0, 1999: 102.0, 2006: 71.0}
"""Year inside a period, and final energy for heat of its homes [kWh/m2/a]: Germany 2014, BMWi
Sanierungsbedarf im Gebaeudebestand, as in GermanZero-de/localzero-data-public@3d59d93."""


@cache
def by_period() -> pd.Series:
    """Final heat of a house and two blocks of flats by their year [kWh/m2/a of reference area]."""
    rows = tables.load("climate_monthly")
    months = rows[rows["place"] == "Potsdam"].set_index("month").sort_index()
    germany = energy_parameters("DE")
    homes = tiny().buildings.loc[["w1001", "w1003", "w1005", "w1009"]]
    found = {}
    for year in STOCK:
        built = homes.assign(
            year=float(year), heating="natural_gas", renovation="existing",
            people_source="typology",
        )  # fmt: skip
        frame = stock.run(built, months, 52.4, germany).frame
        area = built["floor_area"] * germany.constants["floor.net_share"]
        intensity = frame["heat_final"] / area
        # About as much living area stands in houses of one or two families as in others.
        found[year] = (intensity[["w1001", "w1003"]].mean() + intensity[["w1005", "w1009"]].mean()) / 2.0  # fmt: skip
    return pd.Series(found)


def test_heat_of_german_homes_by_time_of_building() -> None:
    ratio = by_period() / pd.Series(STOCK)
    print(ratio.round(2).to_dict())
    assert ratio.drop(1935).to_numpy() == pytest.approx(1.0, abs=0.15)
    assert 0.9 < ratio[1935] < 1.6  # as built, while the stock has had works since


def test_newer_homes_need_less() -> None:
    assert by_period().is_monotonic_decreasing
