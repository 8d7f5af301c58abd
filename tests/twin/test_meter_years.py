from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables
from twin import meter_years
from twin.meter_years import Periods

FIGURES = tables.figures("energy_fit", "twin.data")
WARMTH = pd.Series([0.0, 1.0, 4.0, 8.0, 13.0, 16.0, 18.0, 17.0, 14.0, 9.0, 5.0, 2.0], range(1, 13))
YEAR = pd.date_range("2023-01-01", "2024-01-01", freq="h", tz="UTC")


def rows(step: str, building: str = "w1", carrier: str = "natural_gas") -> pd.DataFrame:
    """One meter that reads 24 kWh a day, by periods of a step."""
    begin = pd.date_range("2023-01-01", "2024-01-01", freq=step, tz="UTC", inclusive="left")
    ends = [*begin[1:], pd.Timestamp("2024-01-01", tz="UTC")]
    hours = [(end - start).total_seconds() / 3600.0 for start, end in zip(begin, ends, strict=True)]
    return pd.DataFrame(
        {"building": building, "carrier": carrier, "energy": hours,
         "start": [one.isoformat() for one in begin], "end": [one.isoformat() for one in ends]}
    )  # fmt: skip


def year(table: pd.DataFrame) -> tuple[float, str]:
    found, said = meter_years.annual(table, WARMTH, FIGURES)
    assert len(found) <= 1
    return float(found["energy"].sum()), " ".join(said)


@pytest.mark.parametrize("step", ["h", "D", "W-MON", "MS", "2MS", "QS", "YS"])
def test_every_step_tells_the_same_year(step: str) -> None:
    value, said = year(rows(step))
    assert value == pytest.approx(24.0 * 365.25, rel=2e-3)
    assert "too short" not in said


def test_what_is_told_twice_counts_once() -> None:
    table = rows("MS")
    value, said = year(pd.concat([table, table]))
    assert value == pytest.approx(24.0 * 365.25, rel=1e-3)
    assert "told twice or overlap others, left out: 12" in said
    # A bill of the half year beside its months.
    half = table.iloc[[0]].assign(end="2023-07-01T00:00:00+00:00", energy=24.0 * 181)
    assert year(pd.concat([half, table]))[0] == pytest.approx(24.0 * 365.25, rel=1e-3)


def test_a_year_beside_its_months_is_the_year() -> None:
    whole = rows("YS").assign(energy=9_000.0)
    assert year(pd.concat([rows("MS"), whole]))[0] == pytest.approx(9_000.0 * 365.25 / 365.0)


def test_small_gaps_are_scaled_up_and_told() -> None:
    table = rows("D").drop(index=range(100, 110))
    value, said = year(table)
    assert value == pytest.approx(24.0 * 365.25, rel=1e-3)
    assert "gaps of a few days, scaled up to a year: 1" in said


def test_the_last_of_several_years_counts() -> None:
    old = rows("MS").assign(energy=99_999.0)
    for name in ("start", "end"):
        old[name] = old[name].str.replace("2023", "2022").str.replace("2024", "2023")
    assert year(pd.concat([rows("MS"), old]))[0] == pytest.approx(24.0 * 365.25, rel=1e-3)


def test_half_a_year_by_its_signature() -> None:
    # 10 kWh a day and 2 kWh for each kelvin below 15 degC, known from January to July.
    table = rows("MS")
    cold = np.maximum(15.0 - WARMTH.to_numpy(), 0.0)
    days = pd.to_datetime(table["end"]).sub(pd.to_datetime(table["start"])).dt.days.to_numpy()
    table["energy"] = (10.0 + 2.0 * cold) * days
    expected = ((10.0 + 2.0 * cold) * 365.25 / 12.0).sum()
    value, said = year(table.iloc[:7])
    assert value == pytest.approx(expected, rel=0.01)
    assert "an energy signature makes a year: 1" in said
    by_day = pd.concat(
        [rows("D")[lambda one, month=month: one["start"].str.startswith(f"2023-{month + 1:02d}")]
         .assign(energy=10.0 + 2.0 * cold[month]) for month in range(7)]
    )  # fmt: skip
    assert year(by_day)[0] == pytest.approx(expected, rel=0.01)
    assert year(table.iloc[:3]) == (0.0, "Meters with too short a time to tell a year: 1.")


def test_summer_months_without_heat_are_known_and_not_missing() -> None:
    table = rows("MS")
    table.loc[5:7, "energy"] = 0.0
    assert year(table)[0] == pytest.approx(table["energy"].sum())
    assert year(table.assign(energy=0.0)) == (
        0.0,
        "Meters that read nothing all year, left out: 1.",
    )


def test_impossible_values_are_told() -> None:
    table = rows("MS")
    table.loc[3, "energy"] = -50.0
    table.loc[4, "energy"] = np.nan
    _, said = year(table)
    assert "missing or below zero, left out: 2" in said


def test_electricity_is_not_heat_and_carriers_stay_apart() -> None:
    table = pd.concat([rows("MS", carrier="electricity"), rows("MS"), rows("MS", carrier="wood")])
    found, _ = meter_years.annual(table, WARMTH, FIGURES)
    assert found["carrier"].tolist() == ["natural_gas", "wood"]


spans = st.lists(
    st.tuples(st.floats(0.0, 500.0), st.floats(0.02, 90.0), st.floats(0.0, 1e4)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(spans)
def test_disjoint_periods_never_overlap_nor_add_energy(told: list[tuple[float, ...]]) -> None:
    start, length, energy = np.array(told).T
    found, lost = meter_years.disjoint(Periods(start, start + length, energy))
    assert (found.start[1:] >= found.end[:-1] - 0.5 / 24.0).all()
    assert len(found.energy) + lost == len(told)
    assert set(found.energy) <= set(energy)


@given(spans, st.booleans())
def test_any_periods_give_a_year_or_say_why_not(told: list[tuple[float, ...]], warm: bool) -> None:
    first = pd.Timestamp("2022-01-01", tz="UTC")
    table: Any = pd.DataFrame(
        {"building": "w1", "carrier": "heat", "energy": [energy for *_, energy in told],
         "start": [(first + pd.Timedelta(days=start)).isoformat() for start, *_ in told],
         "end": [(first + pd.Timedelta(days=start + days)).isoformat() for start, days, _ in told]}
    )  # fmt: skip
    found, said = meter_years.annual(table, WARMTH if warm else None, FIGURES)
    assert len(found) == 1 or "too short" in " ".join(said) or "read nothing" in " ".join(said)
    assert (found["energy"] > 0.0).all()
    assert np.isfinite(found["energy"]).all()
