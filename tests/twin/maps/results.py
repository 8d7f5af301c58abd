"""Hand-made results of the tiny city, so that the maps can be tested without engines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.twin.cities import tiny
from twin.ledger import Ledger
from twin.result import Result


def result(scenario: str, factor: float = 1.0) -> Result:
    """Heat need of 100, 200 ... kWh times a factor; vehicles of 10, 20 ... times the factor."""
    city = tiny()
    buildings, streets = city.buildings.index, city.streets.index
    heat = pd.DataFrame(
        {"heat_need": factor * 100.0 * np.arange(1, len(buildings) + 1)}, index=buildings
    )
    heat.iloc[9] = np.nan
    traffic = pd.DataFrame(
        {"vehicles": factor * 10.0 * np.arange(1, len(streets) + 1)}, index=streets
    )
    record = {"scenario": scenario, "year": 2024, "limits": ["No counts were at hand."]}
    return Result({"buildings": heat, "streets": traffic}, Ledger.empty(), record)
