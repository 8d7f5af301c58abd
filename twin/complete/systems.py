"""What no open source says of a house: state of its envelope and its heat supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.complete import cascade
from twin.energy.constructions import LEVELS
from twin.energy.systems import MIX

if TYPE_CHECKING:
    import pandas as pd

    from twin.complete.defaults import Defaults


def complete(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Complete renovation and heating with the toolkit's defaults.

    Parameters
    ----------
    buildings
        Completed table; renovation and heating are kept where a register said them.
    defaults
        Completion tables.
    """
    done = buildings
    for column, value in (("renovation", LEVELS[0]), ("heating", MIX)):
        begun = cascade.draft(done, column, 0.0, dtype="str")
        wrong = defaults.settings[f"{column}.wrong"]
        done = cascade.settle(done, column, cascade.fill(begun, value, "default", wrong))
    return done
