from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.twin import cities
from twin import climate, houses, simulate, sun

DOMAINS = (sun.DOMAIN, houses.DOMAIN)
CITY = climate.made(cities.tiny())
RUN = simulate.run(CITY, domains=DOMAINS)


def test_a_city_with_hours_is_worked_out_by_the_hour() -> None:
    assert RUN.record["certificates"]["energy"]["model"] == houses.BY_HOURS
    frame = RUN.frames["buildings"]
    assert {"heat_peak", "overheating_hours", "cooling_need"} <= set(frame.columns)
    by_months = simulate.run(cities.tiny(), domains=DOMAINS)
    assert by_months.record["certificates"]["energy"]["model"] == houses.BY_MONTHS
    assert "heat_peak" not in by_months.frames["buildings"].columns


def test_balances_close_to_the_sixth_digit() -> None:
    checks = RUN.record["balances"]["energy"]
    residuals = {name: value for name, value in checks.items() if "residual" in name}
    assert len(residuals) == 4
    assert all(abs(value) < 1e-6 for value in residuals.values())


def test_the_ledger_holds_what_is_bought_as_lived() -> None:
    rows = RUN.ledger.rows
    heat = rows[rows["end_use"].isin(["space_heating", "hot_water"])]
    assert heat["activity"].sum() == pytest.approx(RUN.frames["buildings"]["heat_final"].sum())
    assert (rows.loc[rows["end_use"] == "cooling", "evidence"] == "assumed").all()


def test_a_run_after_a_change_is_the_run_of_the_changed_city() -> None:
    plain = CITY.buildings
    better = plain.assign(u_wall=np.where(plain.index == "w1001", 0.2, np.nan))
    town = CITY.replace(buildings=better)
    warm = simulate.run(town, domains=DOMAINS, warm=RUN)
    cold = simulate.run(town, domains=DOMAINS)
    pd.testing.assert_frame_equal(
        warm.frames["buildings"], cold.frames["buildings"], check_exact=True
    )
    saved = (RUN.frames["buildings"] - warm.frames["buildings"])[
        ["heat_need", "heat_need_standard"]
    ]
    assert (saved.loc["w1001"] > 0.0).all()
    assert (saved.drop(index="w1001").dropna() == 0.0).all(axis=None)


def test_the_load_of_the_town_is_what_the_ledger_holds() -> None:
    load = RUN.tables["hourly_load"]
    sums = load.groupby("series", observed=True)["power"].sum()
    rows = RUN.ledger.where(kind="activity", carrier="electricity").rows
    bought = sums[[name for name in sums.index if name.startswith("grid|")]].sum()
    assert bought == pytest.approx(rows["activity"].sum(), rel=1e-5)
    cooling = rows.loc[rows["end_use"] == "cooling"]
    assert len(cooling) >= 5
    assert sums["grid|cooling"] == pytest.approx(cooling["activity"].sum(), rel=1e-5)
    # two houses heat with electricity: what they buy is not told apart from all others
    assert set(sums.index) == {"grid|cooling", "grid|other", "heat"}
    assert set(load.groupby("series", observed=True).size()) == {8760}


def test_hours_of_the_load_are_local_and_so_are_months() -> None:
    one = RUN.tables["hourly_load"].query("series == 'heat'")
    assert (one["hour"].iloc[0], one["hour"].iloc[-1]) == (0, 8759)
    # in March an hour is skipped, in October one comes twice
    assert one["hour"].diff().value_counts().to_dict() == {1.0: 8757, 2.0: 1, 0.0: 1}
    assert one["month"].is_monotonic_increasing


def test_houses_outside_and_series_of_few_houses_are_not_in_the_load() -> None:
    plain = CITY.buildings
    some = plain.index[plain["heated"] & plain["inside"].astype(bool)]
    load = RUN.tables["hourly_load"]

    def changed(**columns: object) -> pd.DataFrame:
        town = CITY.replace(buildings=plain.assign(**columns))
        found = simulate.run(town, domains=DOMAINS, warm=RUN).tables
        return found.get("hourly_load", load.iloc[:0])

    out = changed(inside=plain["inside"].astype(bool) & (plain.index != some[0]))
    assert out["power"].sum() < load["power"].sum()
    assert changed(inside=plain.index.isin(some[:4])).empty
    alone = changed(pv=np.where(plain.index.isin(some[:4]), 5.0, 0.0))
    assert "solar|made" not in set(alone["series"])
    several = changed(pv=np.where(plain.index.isin(some[:5]), 5.0, 0.0))
    made = several.loc[several["series"] == "solar|made", "power"]
    assert made.sum() > 0.0
    assert (made >= 0.0).all()
