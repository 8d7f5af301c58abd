"""What a study of renovations says, in plain words, and its tables."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import priority, protection, retrofit_money, retrofit_tables, workbook
from twin.languages import ENGLISH
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
PAYERS: Final = {
    "owner": "owners", "household": "households", "company": "companies",
    "municipality": "the municipality", "state": "grants",
}  # fmt: skip
"""Words for those who pay."""
PAYING: Final = {
    priority.PAYS: "yes", priority.MAY: "maybe", priority.COSTS: "no", priority.IDLE: "no saving",
}  # fmt: skip
"""Words for the classes of houses in a narrow column."""
LISTED: Final = 10
"""Rows of long tables that are printed [1]."""


def sections(study: Study) -> list[Section]:
    """Sections of the printed report."""
    return [
        _sums(study),
        _payers(study),
        _packages(study),
        _first(study),
        _streets(study),
        _curve(study),
        *_budget(study),
        _bills(study),
        _poverty(study),
        Section("How to read it", points=study.limits),
    ]


def _sums(study: Study) -> Section:
    option = study.option
    figures = study.packages.figures
    picked = {name: priority.pick(figures[name], option) for name in ("co2", "energy", "bill", "comfort", "amount", "low", "high")}  # fmt: skip
    sums = {name: _sum(one) for name, one in picked.items()}
    counts = study.ranking.table["status"].value_counts()
    doing = int((option >= 0).sum())
    told = "permission" if study.chosen is None else "chosen_permission"
    unsure = (study.table[told].reindex(study.packages.index) == protection.UNKNOWN).to_numpy()  # fmt: skip
    today = study.packages.before[["co2", "energy"]].sum()
    rows = [
        ("Houses with a package", f"{doing:,} of {len(option):,}", "", ""),
        ("  of which all works are known to be allowed", f"{doing - int(unsure.sum()):,}", "", ""),
        ("  of which works need a permission that nobody has told of", f"{int(unsure.sum()):,}", "", ""),
        ("  of which it pays for itself by middle figures", f"{_gaining(study):,}", "", ""),
        _row("Energy saved as lived", sums["energy"], "kWh/a", today["energy"]),
        _row("Greenhouse gases avoided", sums["co2"], "tCO2e/a", today["co2"]),
        _row("  of which by works known to be allowed", _sum(picked["co2"][~unsure]), "tCO2e/a"),
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
            f"Houses whose package surely pays for itself: {counts.get(priority.PAYS, 0):,}; that "
            f"may pay for itself: {counts.get(priority.MAY, 0):,}; that costs money: "
            f"{counts.get(priority.COSTS, 0):,}; without a saving worth ranking: "
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


def _gaining(study: Study) -> int:
    """Houses whose package is worth no less than it costs its owner."""
    return int((priority.pick(study.ranking.worth, study.option) >= 0.0).sum())


def _sum(values: Any) -> float:
    return fsum(values[np.isfinite(values)].tolist())


def _payers(study: Study) -> Section:
    """Who pays what, from the ledger."""
    table = retrofit_money.by_payer(study.book)
    rows = tuple(
        (PAYERS.get(str(name), str(name)), f"{row.houses:,.0f}", f"{row.capex / 1e6:,.2f}",
         f"{row.opex / 1e3:,.1f}")
        for name, row in table.iterrows()
    )  # fmt: skip
    return Section(
        "Who pays",
        text="Each sum is made of rows by house, which the sheet 'money' lists.",
        head=("Payer", "Houses", "Investment [million EUR]", "Upkeep more than today [1,000 EUR/a]"),
        rows=rows,
    )  # fmt: skip


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
            f"{int(row['rank'])} ({int(row.rank_p10)} to {int(row.rank_p90)})",
            str(row["first"]),
            str(name),
            str(row.street) or "-",
            str(row.package) or "-",
            f"{number(row.saving_t)} ({number(row.saving_t_p10)} to {number(row.saving_t_p90)})",
            f"{row.cost:,.0f}",
            f"{row.value:,.0f}",
            f"{PAYING[str(row.status)]} ({row.pays:.0%})",
            number(row.eur_per_t) if np.isfinite(row.eur_per_t) else "-",
        )
        for name, row in study.table.head(LISTED).iterrows()
    )
    told = (
        "First those that pay for themselves or may, most tonnes first; then those that cost money, "
        "cheapest tonne first. A cost by tonne below zero orders nothing and is not told."
    )
    head = ("Rank (P10 to P90)", "In the first 100", "Building", "Street", "Package",
            "tCO2e/a (P10 to P90)", "Cost [EUR]", "Worth to the owner [EUR]", "Pays for itself (share of draws)",
            "EUR/t")  # fmt: skip
    return Section("Which houses first", text=told, head=head, rows=rows, points=_sureness(study))


def _sureness(study: Study) -> tuple[str, ...]:
    """How far the order can be trusted."""
    given = priority.figures()
    top = int(given["top"])
    counts = study.table["first"].value_counts()
    surely, perhaps = (int(counts.get(word, 0)) for word in (priority.SURELY, priority.PERHAPS))
    return (
        (
            f"Among the first {top} are surely {surely:,} houses (in {given['sure.first']:.0%} of "
            f"draws or more) and perhaps {perhaps:,}; of the other {len(study.table) - surely - perhaps:,} "
            f"that is unlikely. Between those {surely + perhaps:,} the order tells little: take those "
            "that are ready, or whole streets."
        ),
        (
            f"One of the first {top} stays among them in {study.ranking.stable:.0%} of draws on "
            "average. Draws move the heat need and the offer of each house, and climate, habits, "
            "energy prices and the market of offers for all together. What moves all together "
            "says whether works pay, not which house is first. A first place is partly luck: in most draws "
            "some house of the many that follow draws more."
        ),
    )


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


def _bills(study: Study) -> Section:
    rows = tuple(
        (
            str(name).replace("_", " "),
            f"{row.dwellings:,.0f}",
            f"{row.today:,.0f}",
            f"{row.after_works:,.0f}",
            f"{row.after_works - row.today:+,.0f}",
        )
        for name, row in study.bills.iterrows()
    )
    by = "Section" if study.bills["by"].eq("section").any() else "Use"
    return Section(
        "Energy bills today and after the works",
        text="Mean of a dwelling, at prices of today, without the cost of the works; groups of at "
        f"least {int(priority.figures()['closed.k'])} houses.",
        head=(by, "Dwellings", "Today [EUR/a]", "After [EUR/a]", "Change [EUR/a]"),
        rows=rows,
    )


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
        ),
        (
            "The budget goes where it avoids most tonnes, also where works cost their owners money: "
            "those will ask for more than this grant."
        ),
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


def write(
    study: Study, target: Path, citations: tuple[str, ...], language: str = ENGLISH
) -> list[Path]:
    """Write the workbook in a language, and its CSV files in English."""
    sheets = retrofit_tables.tables(study)
    sheets["notes"] = pd.DataFrame({"note": [*study.limits, *citations]})
    return workbook.write(sheets, target, language)


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
