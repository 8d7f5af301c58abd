"""Plant flat roofs."""

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


class GreenRoof(Intervention):
    """An extensive green roof: one more layer on the roof, and slightly cooler air about it."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "green_roof",
            "id": "green-roofs",
            "where": {"expression": "use in ['school', 'shop', 'office']"},
            "start": 2026,
            "pace": 0.25,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A green roof counts as a thermal resistance and as a small share of green within 50 m; "
            "its storage, its evaporation by the hour and rainwater are not modelled."
        ),
        "Roofs whose shape the map does not tell are taken for flat enough.",
    )

    kind: Literal["green_roof"] = Field(default="green_roof", description="Kind of intervention")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings without green roof whose roof is flat, or not known to be pitched."""
        pitched = ~works.text(frame, "roof_shape").isin(["", "flat"])
        green = frame.get("green_roof", pd.Series(data=False, index=frame.index))
        return np.asarray(works.open_to(frame, "green_roof") & ~pitched & ~green)

    def change(self, city: City, objects: pd.Index) -> City:
        """Mark the roofs, add the resistance of the layer and cool the air about them."""
        frame = city.table(self.table).loc[objects]
        now = works.construction(frame, city.country)["u_roof"]
        figures = works.figures()
        cooler = figures["green_roof.cooling"] * works.cover(frame["footprint"])
        return works.done(
            city,
            objects,
            "green_roof",
            green_roof=True,
            u_roof=(1.0 / (1.0 / now + figures["green_roof.resistance"])).to_numpy(),
            microclimate=(works.number(frame, "microclimate", 0.0) - cooler).to_numpy(),
        )

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Roof area that is planted, by building."""
        return city.table(self.table).loc[objects, ["footprint"]].set_axis(["green_roof"], axis=1)

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Roof area at the cost of an extensive green roof."""
        return work_costs.total(city, self.quantities(city, objects))
