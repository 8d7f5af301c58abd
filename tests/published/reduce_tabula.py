"""Rebuild layers/data/archetypes.csv from the TABULA/EPISCOPE building table.

Run: python -m tests.published.reduce_tabula TABULA_FILE [OUT_FILE]
The rules stand in layers/data/archetypes_NOTICE.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from twin.energy.constructions import LEVELS

SIZES = ["SFH", "TH", "MFH", "AB"]
STATES = dict(enumerate(LEVELS, start=1))
REGIONS = {"IT": "MidClim", "ES": "ME", "GB": "ENG", "GR": "ZoneB"}
PARTS = {"roof": ("Roof", 2), "wall": ("Wall", 3), "floor": ("Floor", 2), "door": ("Door", 1)}
KEYS = ["country", "size_class", "year_from", "year_to"]
U_VALUES = ["u_roof", "u_wall", "u_floor", "u_window", "u_door"]
MUST_NOT_GROW = [*U_VALUES, "infiltration", "delta_u_bridges"]
OPEN_END = 9999


def read(file: Path) -> pd.DataFrame:
    """Read the rows of generic residential types in three states of renovation."""
    table = pd.read_csv(file, sep=";", encoding="latin-1", decimal=",", low_memory=False)
    code = table["Code_BuildingVariant"].fillna("").str.split(".", expand=True)
    region = table["Code_Country"].map(REGIONS).fillna("N")
    keep = (
        (code[1] == region)
        & (code[4] == "Gen")
        & code[5].isin(["SyAv", "ReEx"])
        & table["Number_BuildingVariant"].isin(STATES)
        & table["Code_BuildingSizeClass"].isin(SIZES)
        & ~table["Code_Country"].isin(["XX", "##"])
    )
    return table[keep].assign(kind=code[5][keep])


def numbers(table: pd.DataFrame, name: str) -> pd.Series:
    """One column as numbers, empty cells as 0."""
    return pd.to_numeric(table[name], errors="coerce").fillna(0.0)


def columns(table: pd.DataFrame) -> pd.DataFrame:
    """Envelope of each row: areas, U-values weighted by area, air change."""
    out = pd.DataFrame(index=table.index)
    out["country"] = table["Code_Country"]
    out["size_class"] = table["Code_BuildingSizeClass"]
    out["year_from"] = table["Year1_Building"].fillna(0).astype(int)
    out["year_to"] = table["Year2_Building"].fillna(OPEN_END).astype(int)
    out["renovation"] = table["Number_BuildingVariant"].map(STATES)
    areas = {}
    for part, (name, count) in PARTS.items():
        area = sum(numbers(table, f"A_Calc_{name}_{i}") for i in range(1, count + 1))
        loss = sum(numbers(table, f"H_Transmission_{name}_{i}") for i in range(1, count + 1))
        areas[part] = area
        out[f"u_{part}"] = loss / area.replace(0.0, np.nan)
    window = [numbers(table, f"A_Calc_Window_{i}") for i in (1, 2)]
    areas["window"] = window[0] + window[1]
    glass = areas["window"].replace(0.0, np.nan)
    out["u_window"] = (
        numbers(table, "H_Transmission_Window_1") + numbers(table, "H_Transmission_Window_2")
    ) / glass
    out["g_window"] = numbers(table, "g_gl_n")
    out["u_door"] = out["u_door"].replace(0.0, np.nan).fillna(out["u_window"])
    facade = areas["wall"] + areas["window"] + areas["door"]
    out["window_share"] = areas["window"] / facade
    out["door_share"] = areas["door"] / facade
    out["infiltration"] = numbers(table, "n_air_infiltration")
    out["delta_u_bridges"] = numbers(table, "delta_U_ThermalBridging")
    out["code"] = table["Code_BuildingVariant"]
    return out.assign(average=table["kind"] == "SyAv")


def choose(rows: pd.DataFrame) -> pd.DataFrame:
    """One building per type and period: averages first, then the lowest code."""
    states = rows.groupby([*KEYS, "average"])["renovation"].transform("nunique")
    ranked = rows[~rows["average"] | (states == len(STATES))].copy()
    ranked["order"] = np.where(ranked["average"], 0, 1)
    ranked = ranked.sort_values(["order", "code"])
    return ranked.drop_duplicates([*KEYS, "renovation"])


def implausible(rows: pd.DataFrame) -> pd.Series:
    """Why an existing state cannot be true; empty where it can."""
    why = pd.Series("", index=rows.index)
    walls = (rows["u_wall"] < 0.35) & (rows["u_roof"] > 1.5)
    why[walls] = "insulated wall under an uninsulated roof"
    too_good = ((rows["u_wall"] < 0.2) & (rows["year_to"] < 1990)) | (
        (rows["u_wall"] < 0.12) & (rows["year_to"] < 2006)
    )
    why[too_good] = "wall too good for its period"
    why[rows["u_window"].isna() | (rows["window_share"] > 0.6)] = "no or too much window"
    outside = (rows[["u_roof", "u_wall", "u_floor"]] < 0.03) | (
        rows[["u_roof", "u_wall", "u_floor"]] > 4.6
    )
    why[outside.any(axis=1) | rows[["u_roof", "u_wall", "u_floor"]].isna().any(axis=1)] = (
        "U-value outside 0.03 to 4.6 W/m2K"
    )
    return why


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    """Give every period its three states, none worse than the one before it."""
    done = []
    for _, group in rows.groupby(KEYS, sort=True):
        states = group.set_index("renovation")
        before = states.loc["existing"]
        done.append(before.to_frame().T.assign(renovation="existing"))
        for state in ("usual", "advanced"):
            now = (states.loc[state] if state in states.index else before).copy()
            for name in ("window_share", "door_share"):
                now[name] = before[name]
            for name in U_VALUES:
                if pd.isna(now[name]) or now[name] <= 0:
                    now[name] = before[name]
            reglazed = 0.0 < now["u_window"] < before["u_window"] and now["g_window"] > 0.0
            now["g_window"] = min(now["g_window"] if reglazed else 1.0, before["g_window"])
            now[MUST_NOT_GROW] = np.minimum(
                now[MUST_NOT_GROW].astype(float), before[MUST_NOT_GROW].astype(float)
            )
            done.append(now.to_frame().T.assign(renovation=state))
            before = now
    return pd.concat(done)


def reduce(file: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shipped rows, and what was refused with the reason."""
    rows = choose(columns(read(file)))
    existing = rows[rows["renovation"] == "existing"]
    why = implausible(existing)
    refused = existing[why != ""].assign(reason=why[why != ""])
    good = existing[why == ""].set_index(KEYS).index
    kept = rows[rows.set_index(KEYS).index.isin(good)]
    shipped = complete(kept)
    numbers_of = [
        *U_VALUES,
        "g_window",
        "window_share",
        "door_share",
        "infiltration",
        "delta_u_bridges",
    ]
    shipped[numbers_of] = shipped[numbers_of].astype(float).round(3)
    order = [*KEYS, "renovation", *numbers_of, "code"]
    shipped["renovation"] = pd.Categorical(shipped["renovation"], list(STATES.values()))
    return shipped.sort_values([*KEYS, "renovation"])[order], refused


if __name__ == "__main__":
    shipped, gone = reduce(Path(sys.argv[1]))
    print(gone[["code", "reason"]].to_string(index=False))
    if len(sys.argv) > 2:
        shipped.to_csv(sys.argv[2], index=False)
