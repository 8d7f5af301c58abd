"""Put solar modules on roofs, with or without a battery."""

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


class RooftopPv(Intervention):
    """Solar modules up to a share of the roof or a peak power, with a battery if asked for."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "rooftop_pv",
            "id": "sun",
            "where": "all",
            "start": 2026,
            "pace": 0.1,
            "order": "-footprint",
        },
        {
            "kind": "rooftop_pv",
            "id": "sun-and-store",
            "where": {"expression": "use == 'house'"},
            "start": 2026,
            "power": 6.0,
            "battery": 1.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Whether a roof carries the modules, and whether the power grid takes their power, is not checked.",
        "Modules on listed roofs need a permission; where no register says so, it is not known.",
    )

    kind: Literal["rooftop_pv"] = Field(default="rooftop_pv", description="Kind of intervention")
    power: float | None = Field(
        default=None,
        gt=0,
        le=100_000,
        description="Peak power of each building, as far as its roof has room; without it all of it",
        json_schema_extra={"unit": "kW"},
    )
    roof_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of the roof that modules can cover; without it a usual one",
        json_schema_extra={"unit": "1"},
    )
    battery: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="Usable capacity of the battery by peak power",
        json_schema_extra={"unit": "kWh/kW"},
    )

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with modules and battery today and afterwards."""
        frame = city.table(self.table)
        now = works.number(frame, "pv", 0.0)
        stored = works.number(frame, "battery", 0.0)
        room = frame["footprint"] * works.roof_power(self.roof_share)
        target = room if self.power is None else room.clip(upper=self.power)
        after = now.where(now > target, target)
        return frame.assign(
            pv_now=now,
            pv_after=after,
            battery_now=stored,
            battery_after=stored.where(stored > self.battery * after, self.battery * after),
        )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings with room for more modules, or without the battery."""
        room = frame["pv_after"] > frame["pv_now"] + works.BETTER
        store = frame["battery_after"] > frame["battery_now"] + works.BETTER
        return np.asarray(works.open_to(frame, "pv") & (room | store))

    def change(self, city: City, objects: pd.Index) -> City:
        """Set peak power and battery; more than asked for stays."""
        found = self.known(city).loc[objects]
        values = {"pv": found["pv_after"].to_numpy()}
        if self.battery > 0.0:
            values["battery"] = found["battery_after"].to_numpy()
        return works.done(city, objects, "pv", **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """New peak power, by size of the plant, and new capacity of batteries, by building."""
        found = self.known(city).loc[objects]
        new = found["pv_after"] - found["pv_now"]
        small = found["pv_after"] <= works.figures()["pv.small"]
        made = {"pv_small": new.where(small, 0.0), "pv_large": new.where(~small, 0.0)}
        if self.battery > 0.0:
            made["battery"] = found["battery_after"] - found["battery_now"]
        return pd.DataFrame(made)

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """New peak power and capacity at their cost."""
        return work_costs.total(city, self.quantities(city, objects))
