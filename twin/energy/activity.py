"""Ledger activity of buildings: one row per building, end use and carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy import constructions
from twin.energy.systems import MIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters

PRIVATE_GRADES: Final = ("register", "meter", "survey")
"""Grades of values that describe one household's building and stay private."""

SHAPING_COLUMNS: Final = (
    "use", "year", "height", "levels", "floor_area", "dwellings", "people", "renovation", "heating",
)  # fmt: skip
"""Completed columns that shape the energy of a building."""

ELECTRICITY: Final = "electricity"
COOLING: Final = "cooling"
"""End use whose share of buildings is assumed."""


def activity_rows(
    buildings: pd.DataFrame,
    delivered: Mapping[str, pd.DataFrame],
    power: pd.DataFrame,
    parameters: EnergyParameters,
) -> pd.DataFrame:
    """Rows for the ledger; carriers that a building does not use have no row.

    Parameters
    ----------
    buildings
        The simulated buildings.
    delivered
        End use of heat to delivered energy by carrier [kWh/a].
    power
        Electricity by end use [kWh/a].
    parameters
        Tables of the energy model.
    """
    facts = _facts(buildings, parameters)
    parts = [
        _rows(energy[carrier], end_use, str(carrier), facts)
        for end_use, energy in delivered.items()
        for carrier in energy.columns
    ]
    parts += [_rows(power[end_use], str(end_use), ELECTRICITY, facts) for end_use in power.columns]
    rows = pd.concat(parts, ignore_index=True)
    rows["scope"] = rows["carrier"].map(parameters.carriers["scope"]).astype("str")
    assumed = rows["end_use"].isin([*power.columns, COOLING]) | rows.pop("assumed")
    rows["evidence"] = pd.Series(np.where(assumed, "assumed", "estimated"), dtype="str")
    return rows.assign(layer="buildings", sector="stationary", unit="kWh")[
        ["object_id", "layer", "scope", "sector", "gpc_ref", "end_use", "carrier", "activity",
         "unit", "state", "privacy", "evidence"]
    ]  # fmt: skip


def _rows(energy: pd.Series, end_use: str, carrier: str, facts: pd.DataFrame) -> pd.DataFrame:
    used = (energy > 0.0).to_numpy()
    return facts[used].assign(
        end_use=end_use, carrier=carrier, activity=energy.to_numpy()[used].astype("float64")
    )


def _facts(buildings: pd.DataFrame, parameters: EnergyParameters) -> pd.DataFrame:
    """What every row of a building repeats."""
    uses = parameters.uses.reindex(buildings["use"])
    home = constructions.residential(buildings["use"], parameters).to_numpy()
    facts = pd.DataFrame(
        {
            "object_id": buildings.index.to_series(index=range(len(buildings))).astype("str"),
            "gpc_ref": uses["sector"].fillna("I.2").astype("str").to_numpy(),
            "state": buildings["state"].to_numpy(),
            "privacy": np.where(private(buildings), "object", "public"),
            "assumed": ~home | parameters.substituted | (buildings["heating"] == MIX).to_numpy(),
        }
    )
    return facts.astype({"privacy": "str", "gpc_ref": "str", "state": "str"})


def private(buildings: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a building's energy rests on data of one household (register, meter, survey)."""
    found = np.zeros(len(buildings), dtype=bool)
    for column in SHAPING_COLUMNS:
        source = buildings.get(f"{column}_source")
        if source is not None:
            found |= source.isin(PRIVATE_GRADES).to_numpy()
    return found
