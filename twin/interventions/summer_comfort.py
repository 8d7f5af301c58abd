"""Keep buildings cool in summer: outside blinds, and open windows at night."""

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


class SummerComfort(Intervention):
    """Movable shading outside the windows, air at night, or both."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "summer_comfort",
            "id": "schools-cool",
            "where": {"expression": "use in ['school', 'health', 'office']"},
            "start": 2026,
            "blinds": 0.2,
            "night_cooling": 2.0,
        },
        {
            "kind": "summer_comfort",
            "id": "night-air",
            "where": "all",
            "start": 2026,
            "night_cooling": 1.5,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "Shading and air at night change cooling and hot hours, which only the hourly model "
            "computes: with monthly weather they change nothing."
        ),
    )

    kind: Literal["summer_comfort"] = Field(
        default="summer_comfort", description="Kind of intervention"
    )
    blinds: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Share of the sun that blinds let through when down; a lower one stays",
        json_schema_extra={"unit": "1"},
    )
    night_cooling: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Air change in warm nights; a higher one stays",
        json_schema_extra={"unit": "1/h"},
    )

    @model_validator(mode="after")
    def _something(self) -> SummerComfort:
        if self.blinds is None and self.night_cooling is None:
            raise refused([Fault("blinds", "or night_cooling is needed.", "Give one or both.")])
        return self

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with their shading and their air at night today, as lived."""
        frame = city.table(self.table)
        now = works.lived(frame, city.country)
        return frame.assign(blinds_now=now["blinds"], night_now=now["night_cooling"])

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings without blinds or without air at night."""
        bare, stuffy = self._due(frame)
        return np.asarray(
            works.open_to(frame, "blinds" if self.blinds is not None else "") & (bare | stuffy)
        )

    def _due(self, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        none = pd.Series(data=False, index=frame.index)
        bare, stuffy = none, none
        if self.blinds is not None:
            bare = frame["blinds_now"] > self.blinds + works.BETTER
        if self.night_cooling is not None:
            stuffy = frame["night_now"] < self.night_cooling - works.BETTER
        return bare, stuffy

    def change(self, city: City, objects: pd.Index) -> City:
        """Set shading and air change; what is better stays."""
        frame = self.known(city).loc[objects]
        bare, stuffy = self._due(frame)
        values: dict[str, Any] = {}
        if bare.any():
            values["blinds"] = works.number(frame, "blinds").mask(bare, self.blinds).to_numpy()
        if stuffy.any():
            air = works.number(frame, "night_cooling")
            values["night_cooling"] = air.mask(stuffy, self.night_cooling).to_numpy()
        return works.done(city, objects, "blinds" if self.blinds is not None else "", **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Window area with blinds, and floor area aired at night, by building."""
        frame = self.known(city).loc[objects]
        bare, stuffy = self._due(frame)
        found: dict[str, pd.Series] = {}
        if self.blinds is not None:
            found["blinds"] = works.areas(city, objects)["window"].where(bare, 0.0)
        if self.night_cooling is not None:
            found["night_cooling"] = frame["floor_area"].where(stuffy, 0.0)
        return pd.DataFrame(found)

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Window area at the cost of blinds, floor area at that of openers."""
        return work_costs.total(city, self.quantities(city, objects))
