"""What no open source says of a house: state of its envelope and its heat supply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.complete import cascade
from twin.complete.defaults import ANY

if TYPE_CHECKING:
    from twin.complete.defaults import Defaults

EXISTING: Final = "existing"
USUAL: Final = "usual"
MIX: Final = "mix"
LIKELY: Final = 0.5
"""Share above which a state is what most such buildings have [1]."""


def complete(buildings: pd.DataFrame, defaults: Defaults) -> pd.DataFrame:
    """Complete renovation by age, and heating with the country's mix.

    Parameters
    ----------
    buildings
        Completed table with year [a]; renovation and heating are kept where a register said them.
    defaults
        Completion tables.
    """
    start = _with(buildings, "renovation")
    begun = cascade.draft(start, "renovation", 0.0)
    for rule in renovated(buildings, defaults):
        begun = cascade.fill(begun, rule["value"], rule["source"], rule["spread"])
    start = _with(cascade.settle(start, "renovation", begun), "heating")
    begun = cascade.draft(start, "heating", 0.0)
    wrong = defaults.settings["heating.wrong"]
    return cascade.settle(start, "heating", cascade.fill(begun, MIX, "default", wrong))


def renovated(buildings: pd.DataFrame, defaults: Defaults) -> list[pd.DataFrame]:
    """State of the envelope by year of construction: a rule per row, the country's own first.

    What most buildings of an age have is taken, and the share of the others is the probability of
    error; no house is drawn by lot to be a renovated one.
    """
    rows = defaults.renovations.sort_values(["built_before"])
    rows = pd.concat([rows[rows["country"] != ANY], rows[rows["country"] == ANY]])
    rules = []
    for row in rows.to_dict("records"):
        share, own = float(row["value"]), row["country"] != ANY
        rule = pd.DataFrame(
            {
                "value": USUAL if share > LIKELY else EXISTING,
                "source": "typology" if own else "default",
                "spread": min(share, 1 - share),
            },
            index=buildings.index,
        )
        rules.append(rule.where(buildings["year"] < row["built_before"]))
    return rules


def _with(buildings: pd.DataFrame, column: str) -> pd.DataFrame:
    """The table with the column, empty where there was none."""
    if column in buildings:
        return buildings
    return buildings.assign(**{column: pd.Series(np.nan, buildings.index, dtype="str")})
