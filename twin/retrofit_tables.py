"""Tables of a study of renovations, with units in the heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from twin.retrofit_study import Study

HEADS: Final = {
    "id": "building",
    "saving_kwh": "energy saved as lived [kWh/a]",
    "saving_kwh_p10": "energy saved, low [kWh/a]",
    "saving_kwh_p90": "energy saved, high [kWh/a]",
    "saving_t": "greenhouse gases saved [tCO2e/a]",
    "saving_t_p10": "greenhouse gases saved, low [tCO2e/a]",
    "saving_t_p90": "greenhouse gases saved, high [tCO2e/a]",
    "saving_eur": "bill saved [EUR/a]",
    "saving_eur_p10": "bill saved, low [EUR/a]",
    "saving_eur_p90": "bill saved, high [EUR/a]",
    "tonnes": "avoided in all years [tCO2e]",
    "cost": "cost [EUR]",
    "cost_low": "cost, low [EUR]",
    "cost_high": "cost, high [EUR]",
    "grant": "grant [EUR]",
    "value": "worth to the owner after all years [EUR]",
    "eur_per_t": "cost of a tonne [EUR/t]",
    "comfort": "warmer rooms, not money [kWh/a]",
    "rank_p10": "rank, low",
    "rank_p90": "rank, high",
    "first": "among the first hundred",
    "status": "class",
    "pays": "share of draws in which it pays for itself [1]",
    "stability": "share of draws in the first hundred [1]",
    "chosen": "package that the budget pays for",
    "year": "year of the works",
    "built": "built [a]",
    "same_street": "houses of the street with this package [1]",
    "street_of_works": "street of works",
    "permission": "permission for the package",
    "chosen_permission": "permission for what the budget pays for",
    "dwelling_payment": "loan and upkeep [EUR/dwelling/month]",
    "dwelling_saving": "bill saved [EUR/dwelling/month]",
    "dwelling_net": "left over [EUR/dwelling/month]",
    "dwelling_rent": "rent may rise [EUR/dwelling/month]",
    "dwelling_tenant_net": "left to the tenant [EUR/dwelling/month]",
    "houses": "houses [1]",
    "dwellings": "dwellings [1]",
    "communities": "communities to persuade [1]",
    "co2": "greenhouse gases saved [tCO2e/a]",
    "energy": "energy saved [kWh/a]",
    "bill": "bill saved [EUR/a]",
    "amount": "cost [EUR]",
    "alone": "if it were the only part: avoided in all years [tCO2e]",
    "money": "money [currency]",
    "price_basis": "price basis",
    "until": "all bars so far [tCO2e]",
    "group": "group",
    "by": "groups are",
    "today": "bill of a dwelling today [EUR/a]",
    "after_works": "bill of a dwelling after the works [EUR/a]",
    "value_low": "worth at low offers [EUR]",
    "value_high": "worth at high offers [EUR]",
    "eur_per_t_low": "cost of a tonne at low offers [EUR/t]",
    "eur_per_t_high": "cost of a tonne at high offers [EUR/t]",
    "income": "income of a household [EUR/a]",
    "share": "energy by income [1]",
}


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """Sheets of the workbook, units in the heads."""
    notes = [*study.limits]
    found = {
        "houses": study.table.reset_index(),
        "streets of works": study.works.reset_index(),
        "curve": study.curve,
        "money": _money(study),
    }
    if not study.bills.empty:
        found["bills"] = study.bills.reset_index()
    if not study.sections.empty:
        found["energy poverty"] = study.sections.reset_index()
    renamed = {name: table.rename(columns=HEADS) for name, table in found.items()}
    return {**renamed, "notes": pd.DataFrame({"note": notes})}


def _money(study: Study) -> pd.DataFrame:
    """Ledger rows of the works without columns that say nothing."""
    rows = study.book.rows
    names = ["object_id", "year", "measure", "kind", "payer", "cost", "currency", "price_basis",
             "evidence"]  # fmt: skip
    ordered = rows[names].astype(
        {name: "object" for name in names if rows[name].dtype == "category"}
    )
    ordered = ordered.sort_values(["object_id", "kind", "payer"], kind="stable")
    return ordered.rename(columns={"object_id": "id", "cost": "money"})
