from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.twin import cities
from twin.interventions.retrofit import Retrofit

CITY = cities.tiny()


def retrofit(**changes: Any) -> Retrofit:
    return Retrofit.model_validate(
        {"id": "r", "where": "all", "start": 2025, "package": "usual", **changes}
    )


def test_heated_buildings_get_the_package_and_say_so() -> None:
    after = retrofit(package="advanced").apply(CITY).buildings
    heated = CITY.buildings.index != "w1010"  # the garage
    assert (after.loc[heated, "renovation"] == "advanced").all()
    assert (after.loc[heated, "renovation_source"] == "scenario").all()
    assert (after.loc[heated, "renovation_spread"] == 0.0).all()
    assert after.loc["w1010", "renovation"] == "existing"
    assert (
        after["permission_unknown"].fillna("").eq("envelope").equals(pd.Series(heated, after.index))
    )
    others = [name for name in CITY.buildings if not name.startswith("renovation")]
    pd.testing.assert_frame_equal(pd.DataFrame(after[others]), pd.DataFrame(CITY.buildings[others]))


def test_a_better_envelope_is_never_made_worse() -> None:
    best = retrofit(package="advanced").apply(CITY)
    assert retrofit().apply(best, CITY.buildings.index) is best
    usual = retrofit().apply(CITY)
    assert len(retrofit(package="advanced").select(usual)) == 11


@pytest.mark.parametrize(
    ("building", "amount"),
    [
        ("w1001", 100 * 644),  # house of 1965, 100 m2
        ("w1012", 100 * 702),  # house of 1930
        ("w1011", 200 * 580),  # house of 2015
        ("w1003", 200 * 644),  # terrace of 1975 at the figure of houses
        ("w1005", 1600 * 532),  # apartments of 1972
        ("w1006", 1600 * 478),  # school
    ],
)
def test_the_cost_is_that_of_use_and_period(building: str, amount: float) -> None:
    where = {"ids": [building]}
    cost = retrofit(where=where).cost(CITY)
    assert cost.amount == pytest.approx(amount)
    assert (cost.payer, cost.lifetime, cost.vat) == ("owner", 40.0, None)
    advanced = retrofit(where=where, package="advanced").cost(CITY)
    assert advanced.amount == pytest.approx(1.25 * amount)


def test_only_in_germany_the_figure_is_published() -> None:
    house = {"where": {"ids": ["w1001"]}}
    assert retrofit(**house).cost(CITY).evidence == "assumed"
    german = CITY.replace(country="DE")
    assert retrofit(**house).cost(german).evidence == "published"
    assert retrofit(**house, package="advanced").cost(german).evidence == "assumed"
    # A terrace takes the figure of detached houses: no longer what the study says.
    assert retrofit(where={"ids": ["w1003"]}).cost(german).evidence == "assumed"


def test_what_is_not_known_about_protection_is_said() -> None:
    assert any("protected" in line for line in Retrofit.limits)
