"""What the energy model cannot see, said in plain sentences with the numbers of this run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.energy import constructions, systems

if TYPE_CHECKING:
    import pandas as pd

    from twin.energy.parameters import EnergyParameters

STEADY: Final = (
    "Heat is a monthly steady-state balance (EN ISO 13790): no hours, no peaks, no cooling and no "
    "summer comfort."
)
SHAPE: Final = (
    "Roofs count as flat, cellars and attics through the factors of the archetype; shade by "
    "neighbours is one factor for all."
)
POWER: Final = (
    "Electricity of appliances, light and cooking is a typical value of the use, not a "
    "measurement; industrial processes are left out."
)
PUMPS: Final = (
    "Heat that heat pumps take from their surroundings is not counted as delivered energy."
)
MEASURED: Final = (
    "Old houses that were not renovated use less in practice than such a balance says, so a "
    "renovation may save less than shown; metered use of the place would tell."
)
ALWAYS: Final = (STEADY, SHAPE, POWER, PUMPS, MEASURED)


def sentences(
    buildings: pd.DataFrame, known: pd.Series, parameters: EnergyParameters
) -> tuple[str, ...]:
    """Limits of one run.

    Parameters
    ----------
    buildings
        The simulated buildings.
    known
        Whether a building's kind of heating, or the country's mix, is known.
    parameters
        Tables of the energy model.
    """
    found = [*ALWAYS, f"Constructions are the TABULA archetypes of {parameters.archetype_country}."]
    home = constructions.residential(buildings["use"], parameters)
    others, mixed = int((~home).sum()), int((buildings["heating"] == systems.MIX).sum())
    if others:
        found.append(
            f"Buildings without dwellings, {others:,} of them, borrow the construction of dwellings "
            "of their time (assumed)."
        )
    if mixed and not parameters.mix.empty:
        found.append(
            f"Buildings whose heating is not known, {mixed:,} of them, each take the shares of "
            f"{parameters.country} (assumed)."
        )
    if not known.all():
        found.append(
            f"Delivered heat is not computed for {int((~known).sum()):,} of the buildings: their "
            f"heating is not known and {parameters.country} has no shares in heating_mix.csv."
        )
    empty = int((home & (buildings["dwellings"] <= 0.0)).sum())
    if empty:
        found.append(
            f"Residential buildings without a dwelling, {empty:,} of them, get hardly any electricity."
        )
    return tuple(found)
