"""Heat buildings with heat pumps, from the air or from the ground."""

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


class HeatPump(Intervention):
    """A heat pump in the place of a boiler or of electric heating."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "heat_pump",
            "id": "off-gas",
            "where": {"expression": "heating == 'natural_gas'"},
            "start": 2026,
            "pace": 0.2,
            "source": "air",
        },
        {
            "kind": "heat_pump",
            "id": "bore-holes",
            "where": {"expression": "use == 'house'"},
            "start": 2026,
            "source": "ground",
            "flow": 45.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Noise of heat pumps, room for bore holes and capacity of the power grid are not checked.",
    )

    kind: Literal["heat_pump"] = Field(default="heat_pump", description="Kind of intervention")
    source: Literal["air", "ground"] = Field(
        default="air", description="Where the heat is from: air or ground"
    )
    flow: float | None = Field(
        default=None,
        ge=25,
        le=70,
        description="Flow temperature on the coldest day, with larger radiators where it is lowered",
        json_schema_extra={"unit": "degC"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings without heat pump or district heating."""
        better = frame["heating"].isin(works.BETTER_HEATING)
        return np.asarray(works.open_to(frame) & ~better)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the heat supply; its efficiency is that of the new kind, for the model to say."""
        frame = city.table(self.table).loc[objects]
        supply = {"air": "heat_pump", "ground": "heat_pump_ground"}[self.source]
        values: dict[str, Any] = {"heating": supply}
        if "heating_efficiency" in frame:
            values["heating_efficiency"] = np.nan
        if self.flow is not None:
            values["heating_flow"] = self._flow(frame).to_numpy()
        return works.done(city, objects, **values)

    def _flow(self, frame: pd.DataFrame) -> pd.Series:
        """Flow temperature afterwards; a lower one stays."""
        return works.number(frame, "heating_flow", self.flow or np.nan).clip(upper=self.flow)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Heat load that the pump meets, and that of radiators made larger, by building."""
        load = works.heat_load(city, objects)
        found = {f"heat_pump_{self.source}": load}
        if self.flow is not None:
            now = works.number(city.table(self.table).loc[objects], "heating_flow", np.inf)
            found["low_temperature"] = load.where(now > self.flow, 0.0)
        return pd.DataFrame(found)

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Heat load at the cost of the pump, and of larger radiators."""
        return work_costs.total(city, self.quantities(city, objects))
