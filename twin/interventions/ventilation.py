"""Make buildings airtight, and give back the heat of the air that leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from layers.errors import Fault
from twin import work_costs, works
from twin.intervention import Intervention
from twin.where import refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost


class Ventilation(Intervention):
    """Fewer leaks, and ventilation with heat recovery, where either is worse than the target."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "ventilation",
            "id": "fresh-air",
            "where": {"expression": "use == 'apartments'"},
            "start": 2026,
            "n50": 1.5,
            "heat_recovery": 0.8,
        },
        {"kind": "ventilation", "id": "tight", "where": "all", "start": 2026, "n50": 2.0},
    )
    limits: ClassVar[tuple[str, ...]] = (
        "The electricity of the fans of ventilation with heat recovery is not counted.",
        "A tight building without ventilation may grow mould; that is not looked at.",
    )

    kind: Literal["ventilation"] = Field(default="ventilation", description="Kind of intervention")
    n50: float | None = Field(
        default=None,
        ge=0.1,
        le=10,
        description="Air change at 50 Pa after sealing; a lower one stays",
        json_schema_extra={"unit": "1/h"},
    )
    heat_recovery: float | None = Field(
        default=None,
        gt=0,
        le=0.95,
        description="Share of the heat of the exhaust air that comes back; a higher one stays",
        json_schema_extra={"unit": "1"},
    )

    @model_validator(mode="after")
    def _something(self) -> Ventilation:
        if self.n50 is None and self.heat_recovery is None:
            raise refused([Fault("n50", "or heat_recovery is needed.", "Give one or both.")])
        return self

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with their leaks and their heat recovery today."""
        frame = city.table(self.table)
        return frame.assign(
            n50_now=works.leaks(frame, city.country),
            recovery_now=works.number(frame, "heat_recovery", 0.0),
        )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings that leak more, or give back less."""
        leaking, wasting = self._worse(frame)
        return np.asarray(works.open_to(frame) & (leaking | wasting))

    def _worse(self, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        none = pd.Series(data=False, index=frame.index)
        leaking = none if self.n50 is None else frame["n50_now"] > self.n50 + works.BETTER
        wasting = (
            none
            if self.heat_recovery is None
            else frame["recovery_now"] < self.heat_recovery - works.BETTER
        )
        return leaking, wasting

    def change(self, city: City, objects: pd.Index) -> City:
        """Set leaks and heat recovery; what is better stays."""
        frame = self.known(city).loc[objects]
        leaking, wasting = self._worse(frame)
        values: dict[str, Any] = {}
        if leaking.any():
            values["n50"] = works.number(frame, "n50").mask(leaking, self.n50).to_numpy()
        if wasting.any():
            found = works.number(frame, "heat_recovery")
            values["heat_recovery"] = found.mask(wasting, self.heat_recovery).to_numpy()
        return works.done(city, objects, **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Floor area that is sealed, and floor area that is ventilated, by building."""
        frame = self.known(city).loc[objects]
        leaking, wasting = self._worse(frame)
        area = frame["floor_area"]
        found = {
            "airtightness": None if self.n50 is None else area.where(leaking, 0.0),
            "heat_recovery": None if self.heat_recovery is None else area.where(wasting, 0.0),
        }
        return pd.DataFrame({key: value for key, value in found.items() if value is not None})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor area at the cost of sealing and of ventilation."""
        return work_costs.total(city, self.quantities(city, objects))
