"""What the energy model cannot see, said in plain sentences with the numbers of this run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.energy import constructions, systems

if TYPE_CHECKING:
    from collections.abc import Sequence

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
BY_HOURS_ONLY: Final = {
    "pv": "solar modules",
    "battery": "batteries",
    "solar_thermal": "solar collectors",
    "setback": "set-back at night",
    "cooling_setpoint": "cooling",
    "heating_flow": "flow temperatures",
    "blinds": "blinds",
    "night_cooling": "air at night",
    "microclimate": "cooler air by trees",
}
"""Columns that the monthly method has no use for, in words."""
ALWAYS: Final = (STEADY, SHAPE, POWER, PUMPS, MEASURED)

HOURS: Final = (
    "Heat and cold are worked out hour by hour (EN ISO 52016-1) with one zone a building: rooms that "
    "are warmer or colder than its mean are not seen, and power for heating is not limited."
)
LIVED: Final = (
    "Energy use is that of homes as people of the country live, from a table (assumed, with "
    "ranges); the use that certificates assume stands beside it. What a measure saves by certificate "
    "only is comfort, not money."
)
FLAT: Final = (
    "Roofs count as flat; floors lose heat to the air outside through the factors of the archetype."
)
UNSHADED: Final = (
    "Shade by neighbours and hills is one factor for all (assumed), as the horizon of the buildings "
    "is not known."
)


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
    return (*ALWAYS, *_counted(buildings, known, parameters))


def unseen(buildings: pd.DataFrame) -> tuple[str, ...]:
    """What is known of buildings or done to them and changes nothing by months, if anything.

    Parameters
    ----------
    buildings
        The simulated buildings.
    """
    counts = {
        words: int(buildings[column].notna().sum())
        for column, words in BY_HOURS_ONLY.items()
        if column in buildings
    }
    told = ", ".join(f"{words} ({count:,})" for words, count in counts.items() if count)
    if not told:
        return ()
    sentence = (
        "The City has monthly weather only; what these buildings have is not computed by months and "
        f"changes nothing here: {told}. Give it hours of weather."
    )
    return (sentence,)


def hourly_notes(notes: Sequence[str], *, shaded: bool) -> tuple[str, ...]:
    """What the hourly model cannot see of weather and sun.

    Parameters
    ----------
    notes
        What the weather lacks.
    shaded
        Whether the horizon of the buildings is known.
    """
    return (*(() if shaded else (UNSHADED,)), *notes)


def hourly_sentences(
    buildings: pd.DataFrame,
    known: pd.Series,
    parameters: EnergyParameters,
    notes: tuple[str, ...],
) -> tuple[str, ...]:
    """Limits of one run by the hourly model.

    Parameters
    ----------
    buildings, known, parameters
        As in `sentences`.
    notes
        Of `hourly_notes`.
    """
    counted = _counted(buildings, known, parameters)
    return (HOURS, LIVED, FLAT, POWER, PUMPS, *notes, *counted)


def _counted(
    buildings: pd.DataFrame, known: pd.Series, parameters: EnergyParameters
) -> tuple[str, ...]:
    """What was borrowed or left out, and for how many buildings."""
    found = [f"Constructions are the TABULA archetypes of {parameters.archetype_country}."]
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
