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
ALWAYS: Final = (STEADY, SHAPE, POWER, PUMPS)


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
            f"{others:,} buildings are no dwellings: they borrow the construction of dwellings of "
            "their time (assumed)."
        )
    if mixed and not parameters.mix.empty:
        found.append(
            f"The heating of {mixed:,} buildings is not known: the shares of {parameters.country} "
            "stand for each of them (assumed)."
        )
    if not known.all():
        found.append(
            f"The delivered heat of {int((~known).sum()):,} buildings is not computed: their heating "
            f"is not known and {parameters.country} has no shares in heating_mix.csv."
        )
    empty = int((home & (buildings["dwellings"] <= 0.0)).sum())
    if empty:
        found.append(
            f"{empty:,} residential buildings have no dwelling and so hardly any electricity."
        )
    return tuple(found)
