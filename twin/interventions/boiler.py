"""Replace boilers by efficient ones, of the same or another fuel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import work_costs, works
from twin.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost


class Boiler(Intervention):
    """A new boiler where the old one is worse, or burns another fuel."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "boiler",
            "id": "condensing",
            "where": {"expression": "heating == 'natural_gas'"},
            "start": 2026,
            "efficiency": 0.98,
        },
        {
            "kind": "boiler",
            "id": "pellets",
            "where": {"expression": "heating == 'heating_oil'"},
            "start": 2026,
            "fuel": "biomass",
            "efficiency": 0.85,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Room for a store of pellets, chimneys and fine dust are not looked at.",
    )

    kind: Literal["boiler"] = Field(default="boiler", description="Kind of intervention")
    fuel: Literal["same", "natural_gas", "lpg", "heating_oil", "biomass"] = Field(
        default="same", description="What the new boiler burns"
    )
    efficiency: float = Field(
        ge=0.5,
        le=1.1,
        description="Useful heat by energy of the fuel (net calorific value) over a year",
        json_schema_extra={"unit": "1"},
    )

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with the efficiency of their heat supply today."""
        frame = city.table(self.table)
        return frame.assign(efficiency_now=works.efficiency(frame, city.country))

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Buildings with a boiler that is worse, or of another fuel."""
        priced = frame["heating"].isin(works.BOILERS)
        burning = priced | (frame["heating"].eq("coal") & (self.fuel != "same"))
        worse = frame["efficiency_now"] < self.efficiency - works.BETTER
        other = frame["heating"].ne(self.fuel) & (self.fuel != "same")
        return np.asarray(works.open_to(frame) & burning & (worse | other))

    def change(self, city: City, objects: pd.Index) -> City:
        """Set fuel and efficiency."""
        values: dict[str, Any] = {"heating_efficiency": self.efficiency}
        if self.fuel != "same":
            values["heating"] = self.fuel
        return works.done(city, objects, **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Heat load by building and kind of boiler."""
        load = works.heat_load(city, objects)
        now = city.table(self.table).loc[objects, "heating"]
        fuel = now if self.fuel == "same" else pd.Series(self.fuel, index=objects)
        kinds = sorted(set(fuel)) or [works.BOILERS[0]]
        return pd.DataFrame({f"boiler_{one}": load.where(fuel == one, 0.0) for one in kinds})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Heat load at the cost of the boiler."""
        return work_costs.total(city, self.quantities(city, objects))
