"""Take buildings down; their people and jobs leave with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import protection, work_costs, works
from twin.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost


class Demolition(Intervention):
    """Buildings that are taken down."""

    table: ClassVar[str] = "buildings"
    touches: ClassVar[tuple[str, ...]] = ("zones",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "demolition",
            "id": "old-shop",
            "where": {"expression": "use == 'shop'"},
            "start": 2028,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "People and jobs of a building that is taken down leave the town; to house them, add "
            "new buildings. Emissions of the works and of what is lost are not counted."
        ),
    )

    kind: Literal["demolition"] = Field(default="demolition", description="Kind of intervention")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Buildings inside the boundary that no protection keeps."""
        barred = protection.permission(frame, "demolition").eq(protection.BARRED)
        return np.asarray(frame["inside"] & ~barred, dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Mark the buildings as removed, and take their people and jobs out of the zones."""
        frame = city.table(self.table).loc[objects]
        emptied = works.moved(city, frame["zone"], -frame["people"], -frame["jobs"])
        return works.done(emptied, objects, "demolition", state="removed")

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Gross floor area that is taken down, by building."""
        area = city.table(self.table).loc[objects, "floor_area"]
        return pd.DataFrame({"demolition": area})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor area at the cost of taking it down."""
        return work_costs.total(city, self.quantities(city, objects))
