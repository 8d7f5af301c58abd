"""What no open source says of a house: state of its envelope and its heat supply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.complete import cascade

if TYPE_CHECKING:
    import pandas as pd

    from twin.complete.defaults import Defaults

EXISTING: Final = "existing"
MIX: Final = "mix"


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
    for column, value in (("renovation", EXISTING), ("heating", MIX)):
        begun = cascade.draft(done, column, 0.0, dtype="str")
        wrong = defaults.settings[f"{column}.wrong"]
        done = cascade.settle(done, column, cascade.fill(begun, value, "default", wrong))
    return done
