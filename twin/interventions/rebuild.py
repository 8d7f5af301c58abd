"""Take buildings down and build new ones on the same ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import protection, work_costs, works
from twin.complete import defaults, people
from twin.edits import new_rows
from twin.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost


class Rebuild(Intervention):
    """A new building of today's standard on the footprint of an old one."""

    table: ClassVar[str] = "buildings"
    touches: ClassVar[tuple[str, ...]] = ("zones",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "rebuild",
            "id": "new-for-old",
            "where": {"expression": "use == 'house' and year < 1970"},
            "start": 2030,
            "use": "terrace",
            "levels": 2,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "The new building stands on the footprint of the old one; emissions of the works and of "
            "materials are not counted, and they may outweigh years of savings."
        ),
    )

    kind: Literal["rebuild"] = Field(default="rebuild", description="Kind of intervention")
    use: Literal["house", "terrace", "apartments", "office", "shop", "school"] = Field(
        description="Use of the new building (uses.csv)"
    )
    levels: int = Field(ge=1, le=60, description="Storeys", json_schema_extra={"unit": "1"})
    renovation: Literal["existing", "usual", "advanced"] = Field(
        default="advanced", description="Level of the envelope in the typology of new buildings"
    )
    heating: Literal[
        "district_heating", "heat_pump", "heat_pump_ground", "electricity", "biomass"
    ] = Field(default="heat_pump", description="Heat supply")

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Buildings inside the boundary that no protection keeps, and that are not new."""
        barred = protection.permission(frame, "demolition").eq(protection.BARRED)
        old = frame["state"].eq("standing")
        return np.asarray(frame["inside"] & old & ~barred, dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Mark the old buildings as removed, add the new ones, and move people and jobs."""
        old = city.table(self.table).loc[objects]
        new = self._buildings(city, old)
        more = [new[name].to_numpy() - old[name].to_numpy() for name in ("people", "jobs")]
        filled = works.moved(city, old["zone"], *(pd.Series(one, old.index) for one in more))
        cleared = works.done(filled, objects, "demolition", state="removed")
        return cleared.replace(buildings=pd.concat([cleared.buildings, new]))

    def _buildings(self, city: City, old: pd.DataFrame) -> pd.DataFrame:
        """The new buildings, completed as all others are."""
        figures = defaults.load(city.country)
        usual = figures.values  # noqa: PD011 - a table of its own, not the array of a frame
        storey = float(usual.loc[self.use, "storey_height"])
        rows = new_rows(
            city,
            self.table,
            [f"new:{self.id}:{name}" for name in old.index],
            geometry=old.geometry.to_numpy(),
            building=self.use,
            footprint=old["footprint"].to_numpy(),
            use=self.use,
            heated=bool(figures.uses["heated"][self.use]),
            year=float(self.start),
            height=storey * self.levels,
            levels=float(self.levels),
            floor_area=old["footprint"].to_numpy() * self.levels,
            renovation=self.renovation,
            heating=self.heating,
            inside=old["inside"].to_numpy(),
            zone=old["zone"].to_numpy(),
            dwellings=np.nan,
            people=np.nan,
            jobs=np.nan,
        )
        homes = people.residents(people.dwellings(rows, figures), figures)
        return people.jobs(homes, figures)[rows.columns]

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Gross floor area that is taken down, and that is built anew, by building."""
        old = city.table(self.table).loc[objects]
        return pd.DataFrame(
            {"demolition": old["floor_area"], "new_building": old["footprint"] * self.levels}
        )

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor areas at the cost of taking down and of building."""
        return work_costs.total(city, self.quantities(city, objects))
