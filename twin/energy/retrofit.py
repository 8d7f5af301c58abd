"""States of renovation of an envelope and their order.

The physics of a package is in the archetypes: the states usual and advanced are TABULA's
refurbishment packages. An intervention sets `buildings.renovation`; the energy model does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LEVELS: Final = ("existing", "usual", "advanced")
"""States from the least to the most insulated."""


def rank(renovation: pd.Series) -> pd.Series:
    """Place of each state in `LEVELS` [1]; unknown states count as existing."""
    return (
        renovation.map({level: place for place, level in enumerate(LEVELS)}).fillna(0).astype(int)
    )


def upgraded(renovation: pd.Series, package: str) -> pd.Series:
    """States after a package; a better state is never made worse.

    Parameters
    ----------
    renovation
        Present states.
    package
        One of `LEVELS`.

    Raises
    ------
    ValueError
        If the package is none of `LEVELS`.
    """
    if package not in LEVELS:
        raise ValueError(f"package {package!r} is none of {', '.join(LEVELS)}")
    better = np.maximum(rank(renovation), LEVELS.index(package))
    return better.map(dict(enumerate(LEVELS))).astype("str")
