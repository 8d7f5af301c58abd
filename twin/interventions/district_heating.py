"""Connect buildings to district heating."""

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


class DistrictHeating(Intervention):
    """A connection to the heat network in the place of the building's own heating."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "district_heating",
            "id": "network",
            "where": {"expression": "heating in ['natural_gas', 'heating_oil']"},
            "start": 2027,
            "pace": 0.25,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "Pipes in the streets, capacity of the network and its plants are not computed; "
            "where the areas of networks were attached, only buildings inside them are connected."
        ),
    )

    kind: Literal["district_heating"] = Field(
        default="district_heating", description="Kind of intervention"
    )
    flow: float | None = Field(
        default=None,
        ge=25,
        le=90,
        description="Flow temperature of the radiators on the coldest day afterwards",
        json_schema_extra={"unit": "degC"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings that are not connected; where networks are known, those in their areas."""
        served = frame["heating"].eq("district_heating")
        outside = works.text(frame, "heat_network").eq("") & ("heat_network" in frame)
        return np.asarray(works.open_to(frame) & ~served & ~outside)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the heat supply."""
        frame = city.table(self.table).loc[objects]
        values: dict[str, Any] = {"heating": "district_heating"}
        if "heating_efficiency" in frame:
            values["heating_efficiency"] = np.nan
        if self.flow is not None:
            now = works.number(frame, "heating_flow", self.flow)
            values["heating_flow"] = now.clip(upper=self.flow).to_numpy()
        return works.done(city, objects, **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Heat load that is connected, by building."""
        return pd.DataFrame({"district_heating": works.heat_load(city, objects)})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Heat load at the cost of service pipe and substation."""
        return work_costs.total(city, self.quantities(city, objects))
