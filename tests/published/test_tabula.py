"""TABULA's own seasonal heat need as a second route to the heat balance.

Figures of eight buildings from the TABULA building table (IWU and partners, CC BY 4.0), as carried in
the PyPI package hisim: per reference floor area, heating season of the national climate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest

from layers import tables, weather
from tests.published import reduce_tabula
from twin.energy import monthly, solar

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Case(NamedTuple):
    """One building of the table; units as in its columns."""

    code: str
    area: float  # A_C_Ref [m2]
    h_tr: float  # h_Transmission [W/m2K]
    h_ve: float  # h_Ventilation [W/m2K]
    at_low: float  # F_red_htr1 [1]
    at_high: float  # F_red_htr4 [1]
    days: float  # HeatingDays [d]
    outside: float  # Theta_e [degC]
    q_sol: float  # [kWh/m2/a]
    q_int: float  # [kWh/m2/a]
    q_h_nd: float  # [kWh/m2/a]


CASES = [
    Case("AT.N.MFH.04.Gen.ReEx.001.003", 495.0, 0.59, 0.51, 0.95, 0.85, 212, 3.9, 7, 15, 68.1),
    Case("CZ.N.SFH.04.Gen.ReEx.001.001", 144.5, 3.58, 0.68, 0.90, 0.80, 217, 3.8, 18, 16, 261.5),
    Case("DE.N.AB.04.Gen.ReEx.001.001", 1602.7, 2.12, 0.51, 0.95, 0.85, 216, 4.6, 14, 16, 164.0),
    Case("DE.N.SFH.05.Gen.ReEx.001.001", 121.2, 4.09, 0.51, 0.90, 0.80, 216, 4.6, 15, 16, 265.3),
    Case("FR.N.TH.03.Gen.ReEx.001.001", 87.1, 5.67, 0.43, 0.90, 0.80, 208.667, 7.1, 15, 15, 287.7),
    Case("SE.N.MFH.02.Gen.ReEx.001.001", 1207.0, 0.98, 0.68, 0.95, 0.85, 365, -1.2, 63, 26, 213.1),
    Case("DK.N.SFH.04.Gen.SyAv.001.001", 103.6, 2.58, 0.51, 0.90, 0.80, 246, 4.2, 16, 18, 212.4),
]
HEAT_CAPACITY = 45.0
SEASONAL = {"a0": 0.8, "tau0": 30.0}
MONTHLY = {"a0": 1.0, "tau0": 15.0}


def by_name(case: Case) -> str:
    return case.code


def need(case: Case, outside: NDArray[np.float64], hours: NDArray[np.float64], gains: NDArray[np.float64],
         parameters: dict[str, float]) -> float:  # fmt: skip
    """Heat need by our kernel [kWh/m2/a]."""
    reduction = monthly.partial_heating(
        np.array([case.h_tr]), np.array([case.at_low]), np.array([case.at_high])
    )
    found = monthly.heat_need(
        reduction * (case.h_tr + case.h_ve), np.array([20.0]), outside, hours, gains[None, :],
        np.array([HEAT_CAPACITY]), np.array([1.0]), intermittency=3.0, **parameters,
    )  # fmt: skip
    return float(found.need.sum())


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_one_long_season_gives_tabulas_heat_need(case: Case) -> None:
    found = need(
        case,
        np.array([case.outside]),
        np.array([case.days * 24.0]),
        np.array([case.q_sol + case.q_int]),
        SEASONAL,
    )
    # The table prints its inputs with two or three digits.
    assert found == pytest.approx(case.q_h_nd, rel=0.02)


@pytest.mark.parametrize(
    ("code", "place", "low", "high"),
    [
        ("DE.N.AB.04.Gen.ReEx.001.001", "Potsdam", 0.80, 1.10),
        ("DE.N.SFH.05.Gen.ReEx.001.001", "Potsdam", 0.80, 1.10),
        ("DK.N.SFH.04.Gen.SyAv.001.001", "Copenhagen", 0.80, 1.10),
        ("CZ.N.SFH.04.Gen.ReEx.001.001", "Prague", 0.80, 1.10),
    ],
)
def test_the_monthly_method_in_a_real_climate_is_near_tabula(
    code: str, place: str, low: float, high: float
) -> None:
    case = next(case for case in CASES if case.code == code)
    rows = tables.load("climate_monthly").query("place == @place")
    climate = weather.nearest(rows["latitude"].iloc[0], rows["longitude"].iloc[0]).frame
    latitude = float(rows["latitude"].iloc[0])
    sun = solar.facade_irradiation(
        climate["ghi"].to_numpy(), climate["dhi"].to_numpy(), latitude, 0.2
    )
    # The season's solar gain of the table, spread over the year by our facades' mean.
    mean = sun[[0, 2, 4, 6]].mean(axis=0)
    season = climate["temperature"].to_numpy() < 12.0
    gains = case.q_sol * mean / mean[season].sum() + 3.0 * monthly.HOURS / 1000.0
    found = need(case, climate["temperature"].to_numpy(), monthly.HOURS, gains, MONTHLY)
    ratio = found / case.q_h_nd
    print(f"{code} in {place}: {found:.0f} kWh/m2/a, TABULA {case.q_h_nd:.0f}, ratio {ratio:.2f}")
    assert low < ratio < high


def line(code: str, state: int, **changes: object) -> dict[str, object]:
    """A row of the foreign table with only the columns that the reduction reads."""
    row: dict[str, object] = {
        "Code_BuildingVariant": f"{code}.00{state}", "Code_Country": code[:2],
        "Number_BuildingVariant": state, "Code_BuildingSizeClass": "SFH",
        "Year1_Building": 1958, "Year2_Building": 1968, "g_gl_n": 0.75,
        "n_air_infiltration": 0.2, "delta_U_ThermalBridging": 0.1,
    }  # fmt: skip
    for name, count, area, u in (("Roof", 2, 100.0, 0.8), ("Wall", 3, 160.0, 1.2),
                                 ("Floor", 2, 80.0, 1.0), ("Window", 2, 38.0, 2.8),
                                 ("Door", 1, 2.0, 3.0)):  # fmt: skip
        for number in range(1, count + 1):
            size = area if number == 1 else 0.0
            row[f"A_Calc_{name}_{number}"] = size
            row[f"H_Transmission_{name}_{number}"] = size * u / state
    return row | changes


def reduced(rows: list[dict[str, object]], folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    file = folder / "tabula.csv"
    pd.DataFrame(rows).to_csv(file, sep=";", decimal=",", index=False, encoding="latin-1")
    return reduce_tabula.reduce(file)


def test_the_reduction_weighs_by_area(tmp_path: Path) -> None:
    rows = [line("DE.N.SFH.05.Gen.ReEx.001", state) for state in (1, 2, 3)]
    rows[0] |= {"A_Calc_Wall_2": 40.0, "H_Transmission_Wall_2": 40.0 * 0.2}
    shipped, refused = reduced(rows, tmp_path)
    assert refused.empty
    first = shipped.iloc[0]
    # (160 * 1.2 + 40 * 0.2) / 200 = 1.0; facade 200 + 38 + 2 m2.
    assert first["u_wall"] == pytest.approx(1.0)
    assert first["window_share"] == pytest.approx(38 / 240, abs=5e-4)
    assert list(shipped["renovation"]) == ["existing", "usual", "advanced"]


def test_the_reduction_fills_and_caps_states(tmp_path: Path) -> None:
    rows = [line("DE.N.SFH.05.Gen.ReEx.001", 1),
            line("DE.N.SFH.05.Gen.ReEx.001", 3, n_air_infiltration=0.4)]  # fmt: skip
    shipped, _ = reduced(rows, tmp_path)
    existing, usual, advanced = (shipped.iloc[number] for number in range(3))
    assert usual["u_wall"] == existing["u_wall"]
    assert advanced["u_wall"] == pytest.approx(0.4)
    assert advanced["infiltration"] == existing["infiltration"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"H_Transmission_Wall_1": 160 * 0.24, "H_Transmission_Roof_1": 300.0}, "insulated wall"),
        ({"H_Transmission_Wall_1": 160 * 0.15}, "too good"),
        ({"A_Calc_Window_1": 0.0}, "window"),
        ({"H_Transmission_Floor_1": 80 * 5.9}, "U-value"),
    ],
    ids=["wall-against-roof", "wall-against-period", "no-window", "u-value"],
)
def test_the_reduction_refuses_and_lists(
    changes: dict[str, object], reason: str, tmp_path: Path
) -> None:
    rows = [line("DE.N.SFH.05.Gen.ReEx.001", state) for state in (1, 2, 3)]
    rows += [line("DE.N.SFH.06.Gen.ReEx.001", state, Year1_Building=1969, Year2_Building=1978)
             for state in (1, 2, 3)]  # fmt: skip
    rows[0] |= changes
    shipped, refused = reduced(rows, tmp_path)
    assert refused["code"].tolist() == ["DE.N.SFH.05.Gen.ReEx.001.001"]
    assert reason in refused["reason"].iloc[0]
    assert shipped["year_from"].unique().tolist() == [1969]
