from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from layers import tables
from tests.twin.activities import factor_set
from twin import factors
from twin.errors import LedgerError, NotComputedError

COUNTRIES = ["DK", "FI", "LI", "DE", "AT", "SE", "ES", "NO", "CH", "FR", "IT", "NL"]
FILES = [
    f"{row.purpose}-{row.version}"
    for row in tables.load("factors/sets", "twin.data").itertuples(index=False)
]


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2023, 0.187), (2024, 0.161), (2025, 0.135), (2030, 0.047), (2032, 0.04476), (2040, 0.0403)],
)
def test_danish_legal_path_is_linear_between_its_points(year: int, expected: float) -> None:
    table = factors.load("life_cycle", country="DK").at(year)
    assert table.loc["electricity", "tco2e"] * 1000 == pytest.approx(expected, rel=1e-12)
    assert table.loc["electricity", "evidence"] == "published"


def test_carbon_of_fuels_follows_the_guidelines() -> None:
    table = factors.load("inventory", country="DK", frozen=True).at(2024)
    gas = 56_100 + 28 * 5 + 265 * 0.1  # kg/TJ, AR5 potentials
    assert table.loc["natural_gas", "tco2e"] == pytest.approx(gas * 3.6e-6 / 1000, rel=1e-12)
    wood = 28 * 300 + 265 * 4
    assert table.loc["biomass", "tco2e"] == pytest.approx(wood * 3.6e-6 / 1000, rel=1e-12)
    assert table.loc["biomass", "biogenic"] == pytest.approx(112_000 * 3.6e-9, rel=1e-12)


@pytest.mark.parametrize("country", COUNTRIES)
def test_inventory_of_european_countries_is_complete_and_plausible(country: str) -> None:
    table = factors.load("inventory", country=country, frozen=True).at(2024)
    kilograms = table["tco2e"] * 1000
    assert kilograms.notna().all()
    assert kilograms.between(0, 0.75).all()
    assert (kilograms[["natural_gas", "petrol", "diesel"]] > 0.19).all()
    assert (kilograms[["solar_heat", "ambient_heat"]] == 0).all()


def test_substitutes_are_named_and_never_published() -> None:
    chosen = factors.load("inventory", country="LI", frozen=True)
    assert chosen.substitutes() == {"electricity": "CH", "district_heating": "DE"}
    assert chosen.at(2024).loc["electricity", "evidence"] == "assumed"
    assert chosen.at(2024).loc["electricity", "factor_id"] == "inventory:3:CH:electricity:2022"


def test_country_without_figure_or_substitute_is_not_computed_but_zero_is() -> None:
    chosen = factors.load("inventory", country="BR", frozen=True)
    table = chosen.at(2024)
    assert np.isnan(table.loc["electricity", "tco2e"])
    assert table.loc["solar_heat", "tco2e"] == 0
    assert chosen.record(2024)["not_available"] == ["district_heating", "electricity"]


def test_year_outside_a_path_needs_the_flag() -> None:
    with pytest.raises(LedgerError, match=r"electricity \(DK\) covers 2020 to 2030.*frozen=True"):
        factor_set().at(2031)
    frozen = factor_set(frozen=True)
    assert frozen.at(2031).loc["electricity", "tco2e"] == 0.0
    assert frozen.at(2019).loc["electricity", "tco2e"] == 1e-4
    assert frozen.record(2031)["frozen"] == ["electricity (DK) covers 2020 to 2030"]
    assert frozen.record(2025)["frozen"] == []


def test_evidence_is_that_of_the_heaviest_part() -> None:
    table = factor_set().at(2025)
    assert table.loc["natural_gas", "evidence"] == "published"
    assert table.loc["electricity", "evidence"] == "assumed"
    assert table.loc["electricity", "primary_nren_kwh"] == 1.5
    assert np.isnan(table.loc["natural_gas", "primary_nren_kwh"])


@pytest.mark.parametrize(
    ("purpose", "error"),
    [("inventroy", LedgerError), ("baseline", NotComputedError), ("marginal", NotComputedError)],
)
def test_unknown_or_empty_purposes_are_refused(purpose: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        factors.load(purpose, country="DK")


def test_missing_version_is_refused() -> None:
    with pytest.raises(NotComputedError, match="version 99"):
        factors.load("inventory", country="DK", version=99)


def test_changed_figures_break_the_lock() -> None:
    with pytest.raises(LedgerError, match="changed after it was locked"):
        factors._locked("inventory", 1, "0" * 32)


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_unit_source_year_and_grade(name: str) -> None:
    table = tables.load(f"factors/{name}", "twin.data")
    assert table[["value", "unit", "source", "year", "evidence"]].notna().all(axis=None)
    assert set(table["evidence"]) <= {"published", "assumed"}
    assert set(table["unit"]) <= set(factors.TO_TONNES)
    assert set(table["carrier"]) <= set(tables.load("carriers")["carrier"])
    assert (table["value"] >= 0).all()
    keys = table[["carrier", "country", "quantity", "path_year"]]
    assert not keys.duplicated().any()


def test_a_set_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        factor_set().version = 2  # type: ignore[misc]
