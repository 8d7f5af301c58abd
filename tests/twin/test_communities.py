from __future__ import annotations

import pandas as pd
import pytest

from tests.twin import cities
from twin import communities

CITY = cities.tiny()
UNITS = [
    ("w1005", "owner"), ("w1005", "owner"), ("w1009", "social"), ("w1009", "social"),
    ("w1003", "owner"), ("w1004", "rented"), ("w1001", None), ("w1012", "cooperative"),
    ("w1002", "owner"), ("w1002", "rented"),
]  # fmt: skip


def test_without_a_register_two_dwellings_make_a_community() -> None:
    found = communities.deciders(CITY)
    assert set(found.index[found["decider"] == "community"]) == {"w1005", "w1009"}
    assert set(found["grade"]) == {"default"}
    counts = communities.to_persuade(CITY, CITY.buildings.index)
    assert counts == {"owner": 10, "community": 2, "landlord": 0, "cooperative": 0, "public": 0}


def test_a_register_of_units_goes_before_the_guess() -> None:
    building, tenure = (list(column) for column in zip(*UNITS, strict=True))
    units = cities.frame("units", [f"u:{n}" for n in range(len(UNITS))], building=building,
                         tenure=tenure, source="u")  # fmt: skip
    found = communities.deciders(CITY.replace(units=units))
    expected = {"w1005": "community", "w1009": "landlord", "w1003": "owner", "w1004": "landlord",
                "w1012": "cooperative", "w1002": "community", "w1001": "owner"}  # fmt: skip
    assert found.loc[list(expected), "decider"].to_dict() == expected
    assert found.loc["w1001", "grade"] == "default"
    assert found.loc["w1005", "grade"] == "register"


def test_what_is_gone_decides_nothing() -> None:
    gone = CITY.buildings.assign(state="removed").astype({"state": "str"})
    assert communities.deciders(CITY.replace(buildings=gone)).empty


WORKS = pd.DataFrame(
    {"amount": [100_000.0, 100_000.0, 50.0], "running": [240.0, 0.0, 0.0],
     "saving": [4_800.0, 4_800.0, 0.0], "dwellings": [10.0, 10.0, 0.0],
     "area": [800.0, 200.0, 100.0], "decider": ["community", "landlord", "owner"]},
    index=["a", "b", "c"],
)  # fmt: skip


def test_each_dwelling_sees_cost_grant_payment_and_bill() -> None:
    # 60,000 over 20 years at 4 %: 0.0735818 a year (annuity), 4,414.9; upkeep 240; a month and home.
    found = communities.per_dwelling(WORKS, "DE", grant=0.4, rate=0.04, years=20.0).loc["a"]
    assert (found["cost"], found["grant"]) == (10_000.0, 4_000.0)
    assert found["payment"] == pytest.approx((60_000 * 0.0735817503 + 240) / 120, rel=1e-8)
    assert found["saving"] == pytest.approx(40.0)
    assert found["net"] == pytest.approx(found["saving"] - found["payment"])
    assert found["rent"] == 0.0
    assert pd.isna(found["tenant_net"])


def test_landlords_pass_on_what_the_law_lets_them() -> None:
    found = communities.per_dwelling(WORKS, "DE", grant=0.4, rate=0.04, years=20.0).loc["b"]
    # 8 % of 60,000 is 400 a month; 3 EUR/m2 of 200 m2 are 600: the share binds.
    assert found["rent"] == pytest.approx(40.0)
    assert found["tenant_net"] == pytest.approx(0.0)
    small = WORKS.assign(area=100.0)
    capped = communities.per_dwelling(small, "DE", grant=0.4, rate=0.04, years=20.0).loc["b"]
    assert capped["rent"] == pytest.approx(30.0)
    other = communities.per_dwelling(WORKS, "PT", grant=0.4, rate=0.04, years=20.0).loc["b"]
    assert other["tenant_net"] == pytest.approx(40.0)


def test_buildings_without_dwellings_have_no_figure_per_dwelling() -> None:
    found = communities.per_dwelling(WORKS, "DE", grant=0.0, rate=0.0, years=10.0)
    assert found.loc["c"].isna().all()


@pytest.mark.parametrize(("country", "words"), [("ES", "Horizontal"), ("ZZ", "civil law")])
def test_the_majority_is_told_with_its_basis(country: str, words: str) -> None:
    found = communities.majority(country)
    assert words in found.basis
    assert found.evidence == "assumed"
