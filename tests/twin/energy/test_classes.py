from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers import tables
from twin import factors
from twin.energy import classes

AREA = pd.Series([100.0, 100.0, 1000.0])


def test_danish_limits_go_by_area() -> None:
    # 52.5 + 1650/A is the end of A2010: 69 for 100 m2, 54.15 for 1000 m2.
    rows = classes.scale("DK", "homes")
    found = classes.letters(pd.Series([69.0, 69.1, 54.2]), AREA, rows)
    assert found.tolist() == ["A2010", "B", "B"]
    assert classes.letters(pd.Series([27.0, 1e4, np.nan]), AREA, rows).tolist()[:2] == [
        "A2020",
        "G",
    ]
    assert pd.isna(classes.letters(pd.Series([27.0, 1e4, np.nan]), AREA, rows).iloc[2])


def test_danish_energy_is_weighed_by_the_building_regulations() -> None:
    table = factors.load("certificate", country="DK").at(2024)
    energy = pd.DataFrame(
        {"electricity": [1000.0], "district_heating": [10_000.0], "natural_gas": [500.0]}
    )
    need, area = pd.Series([0.0]), pd.Series([100.0])
    found = classes.indicator("weighted", energy, need, area, table)
    assert found.iloc[0] == pytest.approx((1.9 * 1000 + 0.85 * 10_000 + 500) / 100)


def test_spanish_primary_energy_is_that_of_the_recognised_document() -> None:
    table = factors.load("certificate", country="ES").at(2024)
    energy = pd.DataFrame({"electricity": [1000.0], "natural_gas": [5000.0]})
    found = classes.indicator("primary_nren", energy, pd.Series([0.0]), pd.Series([80.0]), table)
    assert found.iloc[0] == pytest.approx((1.954 * 1000 + 1.19 * 5000) / 80)
    assert table.loc["natural_gas", "tco2e"] == pytest.approx(0.252e-3)
    assert classes.letters(found, pd.Series([80.0]), classes.scale("ES", "flats D3")).iloc[0] == "D"


@pytest.mark.parametrize(
    ("country", "value", "expected"),
    [("DE", 30.0, "A+"), ("DE", 130.1, "E"), ("DE", 251.0, "H"),
     ("AT", 50.0, "B"), ("AT", 250.1, "G")],
)  # fmt: skip
def test_scales_as_published(country: str, value: float, expected: str) -> None:
    rows = classes.scale(country, "homes")
    assert classes.letters(pd.Series([value]), pd.Series([120.0]), rows).iloc[0] == expected


def test_a_missing_factor_gives_no_indicator_instead_of_a_better_one() -> None:
    table = factors.load("certificate", country="DK").at(2024)
    table.loc["biomass", "weighted_kwh"] = np.nan
    energy = pd.DataFrame({"biomass": [10.0, 0.0], "electricity": [1.0, 1.0]})
    found = classes.indicator("weighted", energy, energy["biomass"], pd.Series([1.0, 1.0]), table)
    assert np.isnan(found.iloc[0])
    assert found.iloc[1] == pytest.approx(1.9)


def test_no_country_stands_in_for_another() -> None:
    uses = pd.Series(["house", "apartments"])
    assert classes.use_of("FI", uses, None).tolist() == ["", ""]
    assert classes.use_of("ES", uses, None).tolist() == ["", ""]
    assert classes.use_of("ES", uses, "D3").tolist() == ["houses D3", "flats D3"]
    assert classes.use_of("DK", uses, None).tolist() == ["homes", "homes"]
    assert classes.scale("FI", "homes").empty


def test_limits_rise_from_class_to_class() -> None:
    for _, rows in tables.load("energy_classes").groupby(["country", "use"]):
        assert rows["base"].iloc[:-1].is_monotonic_increasing
        assert rows["by_area"].iloc[:-1].is_monotonic_increasing
        assert rows["base"].isna().tolist() == [False] * (len(rows) - 1) + [True]


def test_certificates_are_set_against_estimates() -> None:
    order = classes.scale("DE", "homes")["class"].tolist()
    certified = pd.Series(["C", "C", "D", "H", None])
    estimated = pd.Series(["C", "D", "F", "H", "A"])
    table = classes.confusion(estimated, certified, order)
    assert list(table.index) == order
    assert table.loc["C", "D"] == 1
    figures = classes.agreement(table)
    assert figures == {"compared": 4.0, "same": 0.5, "within one class": 0.75}
    assert classes.agreement(classes.confusion(estimated[:0], certified[:0], order)) == {
        "compared": 0.0
    }
