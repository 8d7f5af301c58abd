"""Heat water with solar collectors on roofs."""

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


class SolarThermal(Intervention):
    """Solar collectors for hot water, by resident, as far as the roof has room."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "solar_thermal",
            "id": "warm-water",
            "where": {"expression": "people > 0"},
            "start": 2026,
            "area": 1.25,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Whether collectors and modules compete for the same roof is not checked.",
    )

    kind: Literal["solar_thermal"] = Field(
        default="solar_thermal", description="Kind of intervention"
    )
    area: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Collector area by resident; without it a usual one",
        json_schema_extra={"unit": "m2/people"},
    )
    roof_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of the roof that collectors can cover; without it a usual one",
        json_schema_extra={"unit": "1"},
    )

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with their collectors today and afterwards."""
        frame = city.table(self.table)
        now = works.number(frame, "solar_thermal", 0.0)
        area = self.area or works.figures()["solar_thermal.per_person"]
        room = frame["footprint"] * works.roof_share(self.roof_share)
        target = (frame["people"] * area).clip(upper=room)
        return frame.assign(collectors_now=now, collectors_after=now.where(now > target, target))

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings with residents and fewer collectors."""
        fewer = frame["collectors_after"] > frame["collectors_now"] + works.BETTER
        return np.asarray(works.open_to(frame, "solar_thermal") & fewer)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the area of collectors; more than asked for stays."""
        found = self.known(city).loc[objects, "collectors_after"]
        return works.done(city, objects, "solar_thermal", solar_thermal=found.to_numpy())

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """New area of collectors, by building."""
        found = self.known(city).loc[objects]
        return pd.DataFrame({"solar_thermal": found["collectors_after"] - found["collectors_now"]})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """New area at the cost of collectors with store."""
        return work_costs.total(city, self.quantities(city, objects))
