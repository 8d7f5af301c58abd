"""Use efficient appliances and lamps: less electricity for the same use."""

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


class EfficientAppliances(Intervention):
    """Efficient appliances, LED or both, down to a share of the usual electricity."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "efficient_appliances",
            "id": "led",
            "where": {"expression": "use in ['office', 'shop', 'school']"},
            "start": 2026,
            "what": "lighting",
            "factor": 0.85,
        },
        {
            "kind": "efficient_appliances",
            "id": "best-class",
            "where": "all",
            "start": 2026,
            "pace": 0.1,
            "what": "both",
            "factor": 0.7,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "One factor holds for appliances and light together, whichever of them is replaced.",
        "That cooler lamps and appliances warm the rooms less is not counted by the monthly method.",
    )

    kind: Literal["efficient_appliances"] = Field(
        default="efficient_appliances", description="Kind of intervention"
    )
    what: Literal["appliances", "lighting", "both"] = Field(
        default="both", description="What is bought: appliances, lighting or both"
    )
    factor: float = Field(
        ge=0.1,
        lt=1,
        description="Electricity for appliances and light by what is usual; a lower one stays",
        json_schema_extra={"unit": "1"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings that use more."""
        more = works.number(frame, "appliance_factor", 1.0) > self.factor + works.BETTER
        return np.asarray(works.open_to(frame) & more)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the factor."""
        return works.done(city, objects, appliance_factor=self.factor)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Floor area that is fitted out, by building."""
        area = city.table(self.table).loc[objects, "floor_area"]
        bought = ("appliances", "lighting") if self.what == "both" else (self.what,)
        return pd.DataFrame(dict.fromkeys(bought, area))

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor area at what efficient ones cost more."""
        return work_costs.total(city, self.quantities(city, objects))
