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
