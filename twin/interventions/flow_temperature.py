"""Heat rooms with cooler water: larger radiators, hydraulic balancing."""

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


class FlowTemperature(Intervention):
    """A lower flow temperature of the heating, which heat pumps and networks gain from."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "flow_temperature",
            "id": "cool-water",
            "where": {"expression": "heating in ['heat_pump', 'district_heating']"},
            "start": 2026,
            "flow": 45.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "What a cooler network loses less on its way, and what its plants gain, is not "
            "computed; heat pumps in the buildings are."
        ),
        "Whether the rooms still get warm enough on the coldest day is not checked.",
    )

    kind: Literal["flow_temperature"] = Field(
        default="flow_temperature", description="Kind of intervention"
    )
    flow: float = Field(
        ge=25,
        le=70,
        description="Flow temperature on the coldest day; a lower one stays",
        json_schema_extra={"unit": "degC"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings whose radiators run hotter, or of which nobody knows."""
        watery = ~frame["heating"].isin(works.NO_WATER)
        hotter = works.number(frame, "heating_flow", np.inf) > self.flow + works.BETTER
        return np.asarray(works.open_to(frame) & watery & hotter)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the flow temperature."""
        return works.done(city, objects, heating_flow=self.flow)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Heat load of the radiators, by building."""
        return pd.DataFrame({"low_temperature": works.heat_load(city, objects)})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Heat load at the cost of larger radiators and balancing."""
        return work_costs.total(city, self.quantities(city, objects))
