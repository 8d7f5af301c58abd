from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import cells, rules, tables
from layers.drops import Drops


def told(**cells_of_row: object) -> pd.DataFrame:
    frame = pd.DataFrame({name: [cell] for name, cell in cells_of_row.items()}, index=[7])
    texts = [name for name in frame if name not in {"meter_year", "energy"}]
    return frame.astype(dict.fromkeys(texts, "str"))


@pytest.mark.parametrize(
    ("cells_of_row", "period"),
    [({"meter_year": 2024.0}, ("2024-01-01", "2025-01-01")),
     ({"start": "2024-02-01", "length": "month"}, ("2024-02-01", "2024-03-01")),
     ({"start": "2024-02-28", "length": "day"}, ("2024-02-28", "2024-02-29")),
     ({"start": "2023-07-01", "length": "year"}, ("2023-07-01", "2024-07-01")),
     ({"start": "2024-02-28", "length": "hour"}, ("2024-02-28", "2024-02-28T01:00:00")),
     ({"start": "2024-02-28T23:45:00", "length": "quarter"},
      ("2024-02-28T23:45:00", "2024-02-29T00:00:00")),
     ({"start": "2024-01-01", "end": "2024-01-15"}, ("2024-01-01", "2024-01-15"))],
)  # fmt: skip
def test_periods(cells_of_row: dict[str, object], period: tuple[str, str]) -> None:
    values, faults = rules.periods(
        "metered", told(carrier="electricity", energy=1.0, **cells_of_row)
    )
    assert not faults
    assert (values["start"].item(), values["end"].item()) == period
    assert {"meter_year", "length"}.isdisjoint(values)


def test_a_year_beside_a_begin_does_not_end_it() -> None:
    _, faults = rules.periods(
        "metered", told(carrier="coal", meter_year=2024.0, start="2024-05-01")
    )
    assert [(fault.row, fault.column) for fault in faults] == [(7, "start")]


def test_other_kinds_have_no_periods() -> None:
    values = told(start="soon")
    assert rules.periods("certificates", values) == (values, [])


@settings(max_examples=25, deadline=None)
@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2090, 1, 1)),
    st.sampled_from(["day", "month", "year"]),
)
def test_periods_of_one_length_follow_each_other_without_gap(first: object, length: str) -> None:
    start, ends = str(first)[:8] + "01", []
    for _ in range(3):
        values, _ = rules.periods("metered", told(carrier="coal", start=start, length=length))
        ends.append((start, values["end"].item()))
        start = values["end"].item()
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    days = (pd.Timestamp(start) - pd.Timestamp(ends[0][0])).days
    assert days // 3 in {"day": {1}, "month": {29, 30, 31}, "year": {365}}[length]


def test_every_pair_of_bbr_codes_is_a_pair_of_known_codes() -> None:
    pairs = tables.load("register_pairs")
    assert set(pairs["code"]) <= set(cells.vocabulary("bbr_installation").values())
    assert set(pairs["other_code"]) <= {"*", *cells.vocabulary("bbr_fuel").values()}


def test_a_fuel_alone_tells_no_heating() -> None:
    drops = Drops()
    values = told(byg057Opvarmningsmiddel="natural_gas")
    assert rules.apply("bbr", values, drops)["heating"].isna().all()
    assert drops.frame()["count"].sum() == 1


@pytest.mark.parametrize(
    ("first", "last", "year"), [(1972, 1972, 1972), (1972, 1974, None), (None, 1974, None)]
)
def test_a_span_is_a_year_only_if_it_is_one(
    first: float | None, last: float, year: float | None
) -> None:
    values = pd.DataFrame({"beginning": [first], "end": [last]}, dtype="float64")
    found = rules.apply("catastro", values, Drops())["year"]
    assert found.isna().item() if year is None else found.item() == year
