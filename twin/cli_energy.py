"""Command for fitting the energy of buildings to meters: `twin fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twin.terminal import city_argument, emit, json_option, language_option, progress

if TYPE_CHECKING:
    from pathlib import Path

    from twin.energy_fit import EnergyFit


@click.command()
@city_argument
@click.option("--by", help="Column of the buildings by which meters are summed, as section.")
@click.option("--total", "totals", multiple=True, metavar="CARRIER=KWH",
              help="Energy of the whole town in a year, as natural_gas=12000000.")  # fmt: skip
@click.option("--degree-days", type=float, default=1.0, show_default=True,
              help="Of the year of the meters by those of the City's weather.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only tell how well a fit would do.")
@language_option("Language of the lines.")
@json_option
def fit(
    city_path: Path, by: str | None, totals: tuple[str, ...], degree_days: float,
    dry_run: bool, language: str, as_json: bool,
) -> None:  # fmt: skip
    """Fit warmth of homes, U-values and leaks to meters, and tell how well others are foretold."""
    from twin import energy_fit, sentences, store

    city = store.open(city_path)
    with progress("fitting to meters") as tell:
        found = energy_fit.run(
            city, by=by, totals=_totals(totals), degree_days=degree_days, progress=tell
        )
    if not dry_run:
        store.save(found.city, city_path)
    known = found.parameters.reset_index().to_dict("records")
    shown = found.table[found.table["privacy"] == energy_fit.PUBLIC]
    rows = shown.reset_index(names="name").to_dict("records")
    emit(
        {"summary": found.summary, "parameters": known, "sums": rows, "limits": list(found.limits)},
        as_json,
        sentences.told(_lines(found), language),
    )


def _totals(given: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for one in given:
        carrier, _, value = one.partition("=")
        try:
            found[carrier] = float(value)
        except ValueError:
            raise click.BadParameter(
                f"{one!r} is not CARRIER=KWH, as natural_gas=12000000"
            ) from None
    return found


def _lines(found: EnergyFit) -> list[str]:
    fitted = found.summary
    lines = [f"Sums of meters: {fitted['meters']:.0f}, of buildings: {fitted['buildings']:.0f}"]
    for name, row in found.parameters.iterrows():
        before = f"before {row['prior']:g} +- {row['prior_spread']:g}"
        lines.append(f"{name}: {row['value']:.3g} +- {row['spread']:.2g} {row['unit']} ({before})")
    for name, title in (("before", "before"), ("after", "after"), ("held_out", "left out")):
        if f"nmbe_{name}" in fitted:
            bias, scatter = fitted[f"nmbe_{name}"], fitted[f"cv_rmse_{name}"]
            lines.append(f"Meters {title}: NMBE {bias:.1%}, CV(RMSE) {scatter:.1%}")
    if "guideline_14_kept" in fitted:
        kept = "keeps" if fitted["guideline_14_kept"] else "does not keep"
        lines.append(f"The fit {kept} the limits of ASHRAE Guideline 14 (5 % and 15 %).")
    return [*lines, *found.limits]
