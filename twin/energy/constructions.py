"""Which archetype a building takes: by use, year of construction, storeys and renovation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters

LEVELS: Final = ("existing", "usual", "advanced")
"""States of the envelope from the least to the most insulated, as in TABULA."""

TYPE: Final = ["size_class", "year_from", "year_to"]
APARTMENTS: Final = "apartments"
BLOCK: Final = "AB"
FALLBACK_USE: Final = "other"
NEAREST_WEIGHT: Final = 100
"""Makes one year of distance weigh more than any rank of size class [1/a]."""


def known_use(use: pd.Series, parameters: EnergyParameters) -> pd.Series:
    """Uses, with those that no table knows read as other."""
    known = use.isin(parameters.profiles.index)
    # Where all are known, as is usual, nothing is to be put together anew.
    return use if known.all() else use.where(known, FALLBACK_USE)


def residential(use: pd.Series, parameters: EnergyParameters) -> pd.Series:
    """Whether each use is that of dwellings; unknown uses are not."""
    homes = parameters.uses.index[parameters.uses["residential"]]
    return use.isin(homes)


def match(buildings: pd.DataFrame, parameters: EnergyParameters) -> pd.DataFrame:
    """Construction of each building.

    The period that holds the year of construction counts first, then the rank of the size class;
    if no period holds the year, the nearest one is taken.

    Parameters
    ----------
    buildings
        Columns use, year [a], levels [1], renovation.
    parameters
        Tables of the energy model.

    Returns
    -------
    DataFrame
        The buildings' index, the columns of the archetypes.
    """
    kinds = parameters.archetypes[TYPE].drop_duplicates().reset_index(drop=True)
    use = known_use(buildings["use"], parameters)
    block = buildings["levels"] >= parameters.constants["apartments.block_levels"]
    rank = _ranks(use, block, kinds["size_class"], parameters)
    year = buildings["year"].to_numpy().round()[:, None]
    early = np.maximum(kinds["year_from"].to_numpy() - year, 0.0)
    late = np.maximum(year - kinds["year_to"].to_numpy(), 0.0)
    best = (NEAREST_WEIGHT * (early + late) + rank).argmin(axis=1)
    wanted = kinds.iloc[best].assign(renovation=buildings["renovation"].to_numpy())
    found = wanted.merge(parameters.archetypes, on=[*TYPE, "renovation"], how="left")
    return found.set_index(buildings.index)


def _ranks(
    use: pd.Series, block: pd.Series, size_class: pd.Series, parameters: EnergyParameters
) -> NDArray[np.float64]:
    """Rank of every archetype for every building, (n, kinds); apartment blocks first where tall."""
    table = parameters.sizes.pivot_table(index="use", columns="size_class", values="rank")
    rank = table.loc[use, size_class].to_numpy(dtype=np.float64)
    tall = (block & (use == APARTMENTS)).to_numpy()
    first = tall[:, None] & (size_class == BLOCK).to_numpy()
    return np.where(first, 0.0, rank)
