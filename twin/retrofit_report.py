"""What a study of renovations says, in plain words, and its tables."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import priority, workbook
from twin.section import Section, number, scaled

if TYPE_CHECKING:
    from pathlib import Path

    from twin.retrofit_study import Study

DECIDERS: Final = {
    "owner": "single owners",
    "community": "communities of owners",
    "landlord": "landlords",
    "cooperative": "cooperatives",
    "public": "public owners",
}
"""Words for those who decide on works."""
LISTED: Final = 10
"""Rows of long tables that are printed [1]."""
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
    "stability": "share of draws in the first hundred [1]",
    "year": "year of the works",
    "built": "built [a]",
    "same_street": "houses of the street with this package [1]",
    "street_of_works": "street of works",
    "permission": "permission to change the envelope",
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
    "until": "all bars so far [tCO2e]",
    "income": "income of a household [EUR/a]",
    "share": "energy by income [1]",
}


def sections(study: Study) -> list[Section]:
    """Sections of the printed report."""
    return [
        _sums(study),
        _packages(study),
        _first(study),
        _streets(study),
        _curve(study),
        *_budget(study),
        _poverty(study),
        Section("How to read it", points=study.limits),
    ]


def _sums(study: Study) -> Section:
    option = study.option
    figures = study.packages.figures
    picked = {name: priority.pick(figures[name], option) for name in ("co2", "energy", "bill", "comfort", "amount", "low", "high")}  # fmt: skip
    sums = {name: fsum(one[np.isfinite(one)].tolist()) for name, one in picked.items()}
    counts = study.ranking.table["status"].value_counts()
    doing = int((option >= 0).sum())
    unsure = int((study.table["permission"].reindex(study.packages.index)[option >= 0] == "unknown").sum())  # fmt: skip
    today = study.packages.before[["co2", "energy"]].sum()
    rows = [
        ("Houses with a package", f"{doing:,} of {len(option):,}", "", ""),
        ("  of which nobody has said that the envelope may be changed", f"{unsure:,}", "", ""),
        _row("Energy saved as lived", sums["energy"], "kWh/a", today["energy"]),
        _row("Greenhouse gases avoided", sums["co2"], "tCO2e/a", today["co2"]),
        _row("Bills saved", sums["bill"], "EUR/a"),
        ("Investment", f"{sums['amount'] / 1e6:,.1f}", "million EUR",
         f"offers from {sums['low'] / 1e6:,.1f} to {sums['high'] / 1e6:,.1f}"),
    ]  # fmt: skip
    if study.money.granted > 0.0:
        paid = study.money.granted * sums["amount"] / 1e6
        rows.append(("  of which a grant pays", f"{paid:,.1f}", "million EUR",
                     f"{study.money.granted:.0%} of it"))  # fmt: skip
    if np.isfinite(picked["comfort"]).any():
        rows.append(_row("Warmer rooms, not money (standard use less as lived)",
                         sums["comfort"], "kWh/a"))  # fmt: skip
    deciders = ", ".join(
        f"{count:,} {DECIDERS[name]}" for name, count in study.persuade.items() if count
    )
    terms = study.money.terms
    points = (
        f"To persuade: {deciders or 'nobody'}.",
        (
            f"Houses whose package pays for itself: {counts.get(priority.PAYS, 0):,}; that costs "
            f"money: {counts.get(priority.COSTS, 0):,}; without a saving worth ranking: "
            f"{counts.get(priority.IDLE, 0):,}."
        ),
        (
            f"Money: {terms.years} years at {terms.rate:.1%} real, energy prices "
            f"{study.money.growth:+.1%} a year, prices of the tables ({terms.evidence}); costs by "
            f"{_evidence(study)} rows."
        ),
    )
    what = "chosen" if study.chosen is not None else "recommended"
    return Section(f"What is {what}", rows=tuple(rows), points=points)


def _row(title: str, value: float, unit: str, whole: float | None = None) -> tuple[str, ...]:
    (shown,), step = scaled([value], unit)
    share = f"{value / whole:.0%} of today" if whole else ""
    return (title, number(shown), step, share)


def _evidence(study: Study) -> str:
    worst = {one.evidence for one in study.packages.costs.values()}
    return "assumed" if "assumed" in worst else "published"


def _packages(study: Study) -> Section:
    found = study.packages
    table = found.figures
    rows = []
    for column, title in enumerate(found.titles):
        fits = found.fits[:, column]
        pays = int((study.ranking.worth[:, column] >= 0.0).sum())
        rows.append(
            (
                title,
                f"{int(fits.sum()):,}",
                f"{int((study.option == column).sum()):,}",
                f"{pays:,}",
                number(_middle(table["co2"][:, column])),
                number(_middle(table["amount"][:, column])),
                number(_middle(table["bill"][:, column])),
            )
        )
    return Section(
        "Packages, each simulated as a whole (medians of houses where it fits)",
        head=("Package", "Fits", "Taken", "Pays for itself", "tCO2e/a", "Cost [EUR]",
              "Bill saved [EUR/a]"),
        rows=tuple(rows),
    )  # fmt: skip


def _middle(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _first(study: Study) -> Section:
    rows = tuple(
        (
            str(int(row["rank"])),
            str(name),
            str(row.street) or "-",
            str(row.package),
            str(row.status),
            f"{number(row.saving_t)} ({number(row.saving_t_p10)} to {number(row.saving_t_p90)})",
            f"{row.cost:,.0f}",
            f"{row.value:,.0f}",
            number(row.eur_per_t) if np.isfinite(row.eur_per_t) else "-",
            f"{row.stability:.0%}",
        )
        for name, row in study.table.head(LISTED).iterrows()
    )
    stable = study.ranking.stable
    told = (
        "First those that pay for themselves, most tonnes first; then the others, cheapest tonne "
        "first. A cost by tonne below zero orders nothing and is not told."
    )
    top = int(priority.figures()["top"])
    point = (
        f"Of the first {top}, a house stays among them in {stable:.0%} of draws of heat need, "
        "offers and prices on average. Look at streets rather than at single ranks."
    )
    head = ("Rank", "Building", "Street", "Package", "Class", "tCO2e/a (P10 to P90)",
            "Cost [EUR]", "Worth to the owner [EUR]", "EUR/t", "In the first 100")  # fmt: skip
    return Section("Which houses first", text=told, head=head, rows=rows, points=(point,))


def _streets(study: Study) -> Section:
    rows = tuple(
        (
            str(name),
            str(row.street) or "-",
            str(row.type),
            str(row.package),
            f"{row.houses:,}",
            f"{row.dwellings:,.0f}",
            f"{row.communities:,}",
            number(row.tonnes),
            f"{row.cost / 1e6:,.2f}",
        )
        for name, row in study.works.head(LISTED).iterrows()
    )
    head = ("Number", "Street", "Type", "Package", "Houses", "Dwellings", "Communities",
            f"tCO2e in {study.packages.years} years", "Cost [million EUR]")  # fmt: skip
    joined = int((study.table["street_of_works"].notna()).sum())
    text = f"{len(study.works):,} jobs of alike houses on one street, with {joined:,} houses."
    return Section("Streets of works", text=text, head=head, rows=rows)


def _curve(study: Study) -> Section:
    rows = tuple(
        (
            str(row.part).replace("_", " "),
            str(row.group),
            f"{row.houses:,}",
            number(row.tonnes),
            number(row.alone),
            number(row.eur_per_t) if np.isfinite(row.eur_per_t) else str(row.status),
            number(row.until),
        )
        for row in study.curve.head(LISTED).itertuples()
    )
    head = ("Part", "Use", "Houses", f"tCO2e in {study.packages.years} years", "if alone",
            "EUR/t", "tCO2e so far")  # fmt: skip
    text = (
        "Parts of packages are judged together (Shapley values): the bars add up to the whole, "
        "what each would save alone does not."
    )
    return Section("Marginal abatement curve", text=text, head=head, rows=rows)


def _budget(study: Study) -> list[Section]:
    if study.chosen is None or study.budget is None:
        return []
    chosen, budget = study.chosen, study.budget
    rows = tuple(
        (str(place + 1), f"{int((chosen.year == place).sum()):,}", f"{spent:,.0f}",
         f"{budget.amount:,.0f}")
        for place, spent in enumerate(chosen.cost)
    )  # fmt: skip
    points = [
        (
            f"Avoided: {number(chosen.tonnes)} tCO2e in {study.packages.years} years; no choice within "
            f"the budget avoids more than {chosen.gap:.2%} beyond that (certified by a bound)."
        )
    ]
    if np.isfinite(chosen.price):
        points.append(f"The last thousand euros avoid {number(chosen.price)} tCO2e.")
    money = "grants" if study.money.granted > 0.0 else "investments"
    head = ("Year", "Houses", "Spent [EUR]", "Budget [EUR]")
    return [Section(f"What the budget of {money} pays for", head=head, rows=rows,
                    points=tuple(points))]  # fmt: skip


def _poverty(study: Study) -> Section:
    if study.sections.empty:
        said = (
            "Not told: no incomes by census section are attached (twin attach), or no section has "
            f"{int(priority.figures()['closed.k'])} dwellings."
        )
        return Section("Energy poverty by census section", text=said)
    rows = tuple(
        (str(name), f"{row['dwellings']:,.0f}", f"{row['share']:.1%}",
         ", ".join(one for one in ("2M", "M/2", "LIHC") if row[one]) or "-")
        for name, row in study.sections.head(LISTED).iterrows()
    )  # fmt: skip
    head = ("Section", "Dwellings", "Energy by income", "Holds")
    text = (
        "2M: share above twice the median; M/2: spending below half the median; LIHC: low income, "
        "high cost. Of the mean household of a section, not of households."
    )
    return Section("Energy poverty by census section", text=text, head=head, rows=rows)


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """Sheets of the workbook, units in the heads."""
    notes = [*study.limits]
    found = {
        "houses": study.table.reset_index(),
        "streets of works": study.works.reset_index(),
        "curve": study.curve,
    }
    if not study.sections.empty:
        found["energy poverty"] = study.sections.reset_index()
    renamed = {name: table.rename(columns=HEADS) for name, table in found.items()}
    return {**renamed, "notes": pd.DataFrame({"note": notes})}


def write(study: Study, target: Path, citations: tuple[str, ...]) -> list[Path]:
    """Write the workbook and its CSV files."""
    sheets = tables(study)
    sheets["notes"] = pd.DataFrame({"note": [*study.limits, *citations]})
    return workbook.write(sheets, target)


def to_dict(study: Study) -> dict[str, Any]:
    """Sums, packages and streets of works for machines."""
    option = study.option
    sums = {
        name: fsum(one[np.isfinite(one)].tolist())
        for name in ("energy", "co2", "tonnes", "bill", "comfort", "amount")
        for one in [priority.pick(study.packages.figures[name], option)]
    }
    return {
        "houses": len(option),
        "with_package": int((option >= 0).sum()),
        "sums": sums,
        "packages": {
            title: int((option == number).sum())
            for number, title in enumerate(study.packages.titles)
        },
        "stable_first_hundred": _plain(study.ranking.stable),
        "persuade": dict(study.persuade),
        "streets_of_works": len(study.works),
        "gap": None if study.chosen is None else study.chosen.gap,
        "limits": list(study.limits),
    }


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
