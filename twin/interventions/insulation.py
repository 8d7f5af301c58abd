"""Insulate walls, roofs or floors, or replace windows, down to a U-value or to a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

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

BEST_WINDOW: Final = 0.3
"""Lowest U-value of a window that the City's contract takes [W/m2/K]."""


class Insulation(Intervention):
    """Better walls, roofs, floors or windows where they are worse than the target."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "insulation",
            "id": "walls",
            "where": {"expression": "year < 1980"},
            "start": 2026,
            "pace": 0.1,
            "order": "year",
            "part": "wall",
            "u_value": 0.2,
        },
        {
            "kind": "insulation",
            "id": "roofs",
            "where": "all",
            "start": 2026,
            "part": "roof",
            "level": "usual",
        },
        {
            "kind": "insulation",
            "id": "windows",
            "where": {"expression": "use in ['house', 'terrace', 'apartments']"},
            "start": 2027,
            "part": "window",
            "u_value": 0.9,
            "g_value": 0.5,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Whether a cavity can be filled or only the outside be insulated is not known.",
        "Insulation from inside, which many monuments allow, is not told from that outside.",
    )

    kind: Literal["insulation"] = Field(default="insulation", description="Kind of intervention")
    part: Literal["wall", "roof", "floor", "window"] = Field(
        description="Which part of the envelope: wall, roof, floor or window"
    )
    u_value: float | None = Field(
        default=None,
        ge=0.05,
        le=3,
        description="U-value after the works; a lower one stays",
        json_schema_extra={"unit": "W/m2/K"},
    )
    level: Literal["usual", "advanced"] | None = Field(
        default=None, description="Instead of a U-value: level of the typology, usual or advanced"
    )
    g_value: float | None = Field(
        default=None,
        ge=0.05,
        le=0.9,
        description="Solar transmittance of new windows; without it that of the level or as before",
        json_schema_extra={"unit": "1"},
    )

    @model_validator(mode="after")
    def _one_target(self) -> Insulation:
        faults = []
        if (self.u_value is None) == (self.level is None):
            faults.append(Fault("u_value", "or level is needed.", "Give one of the two."))
        if self.part == "window" and self.u_value is not None and self.u_value < BEST_WINDOW:
            advice = f"Windows reach {BEST_WINDOW} W/m2/K at best."
            faults.append(Fault("u_value", "is below that of any window.", advice))
        if self.g_value is not None and self.part != "window":
            faults.append(Fault("g_value", "is about windows.", "Leave it out."))
        if faults:
            raise refused(faults)
        return self

    def known(self, city: City) -> pd.DataFrame:
        """The buildings with the U-value of the part, and what it is to become."""
        frame = city.table(self.table)
        column = f"u_{self.part}"
        now = works.construction(frame, city.country)[column]
        if self.u_value is not None:
            target = pd.Series(self.u_value, index=frame.index)
        else:
            assert self.level is not None
            target = works.at_level(frame, city.country, self.level)[column]
        return frame.assign(u_now=now, u_target=target)

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings whose part is worse, and that are not protected against the work."""
        worse = frame["u_now"] > frame["u_target"] + works.BETTER
        return np.asarray(works.open_to(frame, self.part) & worse)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the U-value, and the solar transmittance of new windows."""
        target = self.known(city).loc[objects, "u_target"]
        values = {f"u_{self.part}": target.to_numpy()}
        glass = self._glass(city, objects)
        if glass is not None:
            values["g_window"] = glass
        return works.done(city, objects, self.part, **values)

    def _glass(self, city: City, objects: pd.Index) -> NDArray[np.float64] | None:
        frame = city.table(self.table).loc[objects]
        if self.part != "window" or (self.g_value is None and self.level is None):
            return None
        if self.g_value is not None:
            return np.full(len(objects), self.g_value)
        assert self.level is not None
        made = works.at_level(frame, city.country, self.level)["g_window"]
        now = works.construction(frame, city.country)["g_window"]
        return np.asarray(made.where(made.notna(), now), dtype=np.float64)

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Area of the part, and area times thickness of the insulation, by building."""
        area = works.areas(city, objects)[self.part]
        known = self.known(city).loc[objects]
        if self.part == "window":
            triple = known["u_target"] <= works.figures()["insulation.triple"]
            return pd.DataFrame(
                {
                    "window_double": area.where(~triple, 0.0),
                    "window_triple": area.where(triple, 0.0),
                }
            )
        thickness = works.thickness(known["u_now"], known["u_target"])
        return pd.DataFrame({self.part: area, f"{self.part}_per_cm": area * thickness})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Area of the part at its cost, with the thickness that the target needs."""
        return work_costs.total(city, self.quantities(city, objects))
