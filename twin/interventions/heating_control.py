"""Set rooms cooler, set them back at night, cool them less: by hand or by smart control."""

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


class HeatingControl(Intervention):
    """Lower set-points for heating and higher ones for cooling, with or without new controls."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "heating_control",
            "id": "smart",
            "where": {"expression": "use in ['house', 'terrace', 'apartments']"},
            "start": 2026,
            "pace": 0.2,
            "setback": 16.0,
            "controls": True,
        },
        {
            "kind": "heating_control",
            "id": "public-19",
            "where": {"expression": "use in ['office', 'school']"},
            "start": 2026,
            "setpoint": 19.0,
            "cooling_setpoint": 27.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "People may set rooms warmer again; how many do so is not known.",
        (
            "A set-point of a home above the standard one raises its need where a City has monthly "
            "weather only: by months all homes keep the standard set-point."
        ),
    )

    kind: Literal["heating_control"] = Field(
        default="heating_control", description="Kind of intervention"
    )
    setpoint: float | None = Field(
        default=None,
        ge=10,
        le=26,
        description="Room temperature that is heated to; a lower one stays",
        json_schema_extra={"unit": "degC"},
    )
    setback: float | None = Field(
        default=None,
        ge=8,
        le=22,
        description="Room temperature that is kept at night; a lower one stays",
        json_schema_extra={"unit": "degC"},
    )
    cooling_setpoint: float | None = Field(
        default=None,
        ge=20,
        le=32,
        description="Room temperature that is cooled to; a higher one stays",
        json_schema_extra={"unit": "degC"},
    )
    controls: bool = Field(
        default=False, description="With smart controls that are bought; else by hand"
    )

    @model_validator(mode="after")
    def _something(self) -> HeatingControl:
        if self.setpoint is None and self.setback is None and self.cooling_setpoint is None:
            advice = "Give at least one temperature."
            raise refused([Fault("setpoint", "setback or cooling_setpoint is needed.", advice)])
        if None not in (self.setpoint, self.setback) and self.setback > self.setpoint:  # type: ignore[operator]  # neither is None
            raise refused([Fault("setback", "is above the set-point.", "Give a lower one.")])
        return self

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with their set-points today."""
        frame = city.table(self.table)
        now = works.lived(frame, city.country)
        return frame.assign(
            setpoint_now=now["setpoint"],
            setback_now=now["setback"],
            cooling_now=now["cooling_setpoint"],
        )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings that are kept warmer in winter, or cooler in summer."""
        return np.asarray(works.open_to(frame) & self._due(frame).any(axis=1))

    def _due(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Which of the three temperatures each building would change."""
        due = pd.DataFrame(
            data=False, index=frame.index, columns=["setpoint", "setback", "cooling_setpoint"]
        )
        if self.setpoint is not None:
            due["setpoint"] = frame["setpoint_now"] > self.setpoint + works.BETTER
        if self.setback is not None:
            due["setback"] = frame["setback_now"] > self.setback + works.BETTER
        if self.cooling_setpoint is not None:
            due["cooling_setpoint"] = frame["cooling_now"] < self.cooling_setpoint - works.BETTER
        return due

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the temperatures; what is more sparing stays."""
        frame = self.known(city).loc[objects]
        due = self._due(frame)
        values = {
            name: works.number(frame, name).mask(due[name], getattr(self, name)).to_numpy()
            for name in due
            if due[name].any()
        }
        if due["setpoint"].any() and "setpoint_change" in frame:
            # The new set-point is what people keep: what a campaign had changed is in it.
            values["setpoint_change"] = frame["setpoint_change"].mask(due["setpoint"]).to_numpy()
        return works.done(city, objects, **values)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Floor area with new controls, or that somebody goes round in, by building."""
        work = "controls" if self.controls else "controls_by_hand"
        return pd.DataFrame({work: city.table(self.table).loc[objects, "floor_area"]})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor area at the cost of smart controls, or of setting those there are."""
        return work_costs.total(city, self.quantities(city, objects))
