from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from twin import energy_poverty

# section: houses, bill of each, income of a household
PLACE = {
    "rich": (6, 1_000.0, 60_000.0),
    "usual": (10, 1_200.0, 40_000.0),
    "cold": (6, 300.0, 30_000.0),
    "poor": (7, 1_900.0, 12_000.0),
    "few": (4, 9_000.0, 10_000.0),
}


def _city(unit: str = "EUR/household") -> tuple[Any, Any]:
    rows = [(name, bill, income) for name, (count, bill, income) in PLACE.items()
            for _ in range(count)]  # fmt: skip
    names, bills, incomes = zip(*rows, strict=True)
    index = pd.Index([f"h{number}" for number in range(len(rows))])
    people = 2.0
    houses = pd.DataFrame(
        {"section": names, "income": incomes, "income_unit": unit, "dwellings": 1.0, "people": people},
        index=index,
    )  # fmt: skip
    frame = pd.DataFrame({"bill": bills}, index=index)
    return SimpleNamespace(buildings=houses), SimpleNamespace(frames={"buildings": frame})


def test_definitions_by_section_and_small_sections_are_not_told() -> None:
    found = energy_poverty.sections(*_city())
    assert found.index.tolist() == ["poor", "usual", "rich", "cold"]
    # Median share is that of the usual section, 3 %; median bill 1,200; left over 38,800.
    assert found["2M"].tolist() == [True, False, False, False]
    assert found["M/2"].tolist() == [False, False, False, True]
    assert found["LIHC"].tolist() == [True, False, False, False]
    assert np.isclose(found.loc["poor", "share"], 1_900.0 / 12_000.0)


def test_income_of_a_person_is_that_of_a_household_by_its_size() -> None:
    found = energy_poverty.sections(*_city("EUR/people"), euro=0.5)
    assert found.loc["poor", "income"] == 24_000.0
    assert found.loc["poor", "bill"] == 950.0


def test_without_incomes_nothing_is_told() -> None:
    city, result = _city()
    city.buildings = city.buildings.drop(columns="income")
    assert energy_poverty.sections(city, result).empty
    city, result = _city("DKK/household")
    assert energy_poverty.sections(city, result).empty


def test_median_by_weight() -> None:
    values, weight = pd.Series([3.0, 1.0, 2.0]), pd.Series([1.0, 1.0, 5.0])
    assert energy_poverty.median(values, weight) == 2.0
    assert np.isnan(energy_poverty.median(values[:0], weight[:0]))
