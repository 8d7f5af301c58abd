from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.complete import frames
from twin.complete import age, defaults, use


def completed(country: str, *rows: dict[str, object]) -> pd.DataFrame:
    figures = defaults.load(country)
    found = use.complete(frames.buildings(*rows), frames.places(), frames.land(), figures)
    return age.complete(found, figures, 2021)


def test_tag_then_neighbours_then_the_country() -> None:
    houses = [{"building": "house", "year": year} for year in (1930.0, 1935.0, 1990.0)]
    done = completed("DE", *houses, {"building": "house"}, {"building": "church", "area": 900.0})
    assert done["year"].tolist()[:4] == [1930, 1935, 1990, 1935]
    assert done["year_source"].tolist() == ["osm"] * 3 + ["neighbours", "typology"]


@pytest.mark.parametrize(
    ("country", "grade"),
    [("DE", "typology"), ("CH", "substitute"), ("LI", "typology"), ("BR", "default")],
)
def test_the_grade_says_whose_periods_were_used(country: str, grade: str) -> None:
    assert completed(country, {"building": "house"})["year_source"].tolist() == [grade]


def test_median_and_spread_of_two_equal_periods() -> None:
    periods = pd.DataFrame({"lower": [1900, 1950], "upper": [1949, 1999], "value": [1.0, 1.0]})
    median, spread = age.distribution(periods, 2021)
    assert median == 1950
    assert spread == pytest.approx(100 / 12**0.5)  # a uniform century


def test_the_german_median_lies_where_the_microcensus_puts_it() -> None:
    # 39,195 thousand dwellings; 10,626 before 1949; the middle one is 8,971.5 of 18,134 into
    # the 30 years from 1949.
    median, _ = age.distribution(defaults.load("DE").periods, 2021)
    assert median == int(1949 + 30 * (39_195 / 2 - 10_626) / 18_134)


@given(st.integers(1900, 2100))
def test_no_building_is_younger_than_the_base_year(base_year: int) -> None:
    median, spread = age.distribution(defaults.load("DK").periods, base_year)
    assert median <= base_year
    assert spread > 0
