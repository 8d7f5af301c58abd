from __future__ import annotations

import pytest

from layers import tables
from twin.errors import NotComputedError
from twin.mobility.parameters import mobility_parameters

COUNTRIES = sorted(tables.load("trips")["country"].unique())


@pytest.mark.parametrize("country", COUNTRIES)
def test_shares_of_carriers_sum_to_one(country: str) -> None:
    assert sum(mobility_parameters(country).shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("country", COUNTRIES)
def test_figures_are_plausible(country: str) -> None:
    found = mobility_parameters(country)
    assert 1.5 <= found.trips_per_person <= 4.0
    assert 0.2 <= found.car_drivers <= 0.7
    assert 5.0 <= found.trip_length <= 25.0


def test_who_stands_in_is_said() -> None:
    own, borrowed = mobility_parameters("DE"), mobility_parameters("LI")
    assert own.substitutes == ()
    assert borrowed.trips_per_person == mobility_parameters("AT").trips_per_person
    assert len(borrowed.substitutes) == 3
    assert all("LI" in sentence for sentence in borrowed.substitutes)


def test_every_substitute_has_figures_of_its_own() -> None:
    rows = tables.load("country_substitutes")
    for subject in ("trips", "cars"):
        named = set(rows.loc[rows["subject"] == subject, "substitute"])
        assert named <= set(tables.load(subject)["country"])


def test_a_country_without_figures_is_not_computed() -> None:
    with pytest.raises(NotComputedError, match="country ZZ"):
        mobility_parameters("ZZ")


@pytest.mark.parametrize("table", ["capacities", "cars", "mobility", "trips"])
def test_every_figure_has_unit_source_year_and_grade(table: str) -> None:
    rows = tables.load(table)
    assert not rows[["value", "unit", "source", "year", "evidence"]].isna().any().any()
    assert set(rows["evidence"]) <= {"published", "assumed"}
