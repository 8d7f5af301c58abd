"""TABULA's seasonal heat need of all its buildings, and why the hourly model differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.missing import missing
from tests.published import tabula_hourly
from twin.energy import monthly
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    "h_Transmission", "h_Ventilation", "F_red_htr1", "F_red_htr4", "HeatingDays", "Theta_e",
    "theta_i", "c_m", "q_int", "q_sol", "q_h_nd",
]  # fmt: skip


def table(folder: Path) -> pd.DataFrame:
    """All variants with a heat need, figures by reference floor area."""
    rows = pd.read_csv(
        folder.parent / "facts" / "tabula_episcope.csv",
        sep=";", encoding="latin-1", decimal=",", low_memory=False,
    )  # fmt: skip
    rows = rows[rows["Code_Country"].notna() & ~rows["Code_Country"].isin(["XX", "##"])]
    found = rows[COLUMNS].apply(pd.to_numeric, errors="coerce").dropna()
    return found[(found["q_h_nd"] > 0.0) & (found["h_Transmission"] > 0.0)]


@pytest.mark.data
def test_heat_need_of_all_tabula_buildings(data_dir: Path) -> None:
    if not (data_dir.parent / "facts" / "tabula_episcope.csv").exists():
        missing("There is no facts/tabula_episcope.csv beside the test data.")
    rows = table(data_dir)
    constants = energy_parameters("DE").constants
    ratio = pd.Series(np.nan, index=rows.index)
    for (outside, days), some in rows.groupby(["Theta_e", "HeatingDays"]):
        kept = monthly.partial_heating(
            some["h_Transmission"].to_numpy(), some["F_red_htr1"].to_numpy(),
            some["F_red_htr4"].to_numpy(),
        )  # fmt: skip
        loss = (some["h_Transmission"] + some["h_Ventilation"]).to_numpy() * kept
        found = monthly.heat_need(
            loss, some["theta_i"].to_numpy(), np.array([outside]), np.array([24.0 * days]),
            (some["q_int"] + some["q_sol"]).to_numpy()[:, None], some["c_m"].to_numpy(),
            np.ones(len(some)), a0=constants["utilisation.a0"], tau0=constants["utilisation.tau0"],
            intermittency=constants["intermittency.b"],
        )  # fmt: skip
        ratio[some.index] = found.need[:, 0] / some["q_h_nd"]
    near = (ratio - 1.0).abs().lt(0.05).mean()
    print(f"{len(ratio):,} buildings: median ratio {ratio.median():.3f}, {near:.0%} within 5 %")
    assert len(ratio) > 2_800
    assert ratio.median() == pytest.approx(1.0, abs=0.05)


def test_the_hourly_model_differs_from_the_monthly_one_for_named_reasons() -> None:
    found = tabula_hourly.steps("DE")
    first, *_, last = tabula_hourly.STEPS
    by_step = [
        (found[name] / found[before]).median() - 1.0
        for before, name in zip(tabula_hourly.STEPS, tabula_hourly.STEPS[1:], strict=False)
    ]
    # All rooms warm and a cold sky cost heat, sun on walls gives some back.
    assert by_step[0] > 0.0
    assert by_step[2] > 0.0
    assert by_step[3] < 0.0
    # What is left, the use of gains by the hour and films by wind, is less than a tenth.
    assert abs(by_step[1]) < 0.1
    assert abs((found[last] / found[first]).median() - 1.0) < 0.1
    assert tabula_hourly.printed(found).row_count == len(tabula_hourly.STEPS) + 1
