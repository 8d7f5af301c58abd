"""Small activity frames and a factor set with round figures, for tests of ledger and simulation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from twin.factors import FactorSet

ROW: dict[str, Any] = {
    "object_id": "w1",
    "layer": "buildings",
    "scope": "1",
    "sector": "stationary",
    "gpc_ref": "I.1",
    "end_use": "space_heating",
    "carrier": "natural_gas",
    "activity": 1000.0,
    "unit": "kWh",
    "state": "standing",
    "privacy": "public",
    "evidence": "estimated",
}


def activity(*rows: dict[str, Any]) -> pd.DataFrame:
    """An activity frame of rows that differ from `ROW` only in what is given."""
    return pd.DataFrame([ROW | row for row in rows], columns=list(ROW))


def factor_set(purpose: str = "inventory", **changes: Any) -> FactorSet:
    """Gas 0.2 kg, electricity 0.1 kg in 2020 and 0.0 kg in 2030, biomass 0.4 kg biogenic."""
    rows = pd.DataFrame(
        [
            ("natural_gas", "*", "co2", None, 2e-4, "published"),
            ("electricity", "DK", "co2e", 2020, 1e-4, "assumed"),
            ("electricity", "DK", "co2e", 2030, 0.0, "assumed"),
            ("electricity", "DK", "primary_nren", None, 1.5, "assumed"),
            ("biomass", "*", "co2", None, 0.0, "published"),
            ("biomass", "*", "ch4", None, 1e-7, "published"),
            ("biomass", "*", "co2_biogenic", None, 4e-4, "published"),
        ],
        columns=["carrier", "country", "quantity", "path_year", "value", "evidence"],
    )
    carriers = pd.Series("kWh", index=["natural_gas", "electricity", "biomass", "coal"])
    facts: dict[str, Any] = {
        "version": 1,
        "country": "DK",
        "digest": "0" * 32,
        "gwp": {"ch4": 28.0, "n2o": 265.0},
    }
    return FactorSet(purpose=purpose, rows=rows, carriers=carriers, **(facts | changes))
