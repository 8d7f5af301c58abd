"""Build a new quarter: homes, offices or shops on land that is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin.complete import defaults, people
from twin.edits import done, new_rows, noted, with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City


class NewQuarter(Intervention):
    """New buildings of one use, spread evenly over the selected zones.

    One building stands for all new ones of a zone; people and jobs follow from its floor area as
    in any building of the town, and make trips.
    """

    table: ClassVar[str] = "zones"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "new_quarter",
            "id": "harbour",
            "where": {"expression": "jobs >= 0"},
            "start": 2030,
            "use": "apartments",
            "floor_area": 4000.0,
            "levels": 4,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A new building is drawn as a square in the middle of its zone, which may lie on what "
            "is there; streets inside the quarter are not drawn."
        ),
    )

    kind: Literal["new_quarter"] = Field(default="new_quarter", description="Kind of intervention")
    use: Literal["house", "terrace", "apartments", "office", "shop", "school"] = Field(
        description="Use of the new buildings (uses.csv)"
    )
    floor_area: float = Field(
        gt=0,
        le=1e7,
        description="Gross floor area in each selected zone",
        json_schema_extra={"unit": "m2"},
    )
    levels: int = Field(
        default=3, ge=1, le=60, description="Storeys", json_schema_extra={"unit": "1"}
    )
    heating: Literal["district_heating", "heat_pump", "electricity", "biomass"] = Field(
        default="heat_pump", description="Heat supply"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Zones where this quarter is not built yet."""
        return np.asarray(~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """Add the buildings, and their people and jobs to the zones."""
        zones = city.table(self.table).loc[objects]
        new = self._buildings(city, zones)
        moved = with_values(
            city,
            self.table,
            objects,
            people=zones["people"].to_numpy() + new["people"].to_numpy(),
            jobs=zones["jobs"].to_numpy() + new["jobs"].to_numpy(),
            measures=noted(zones, self.id),
        )
        return moved.replace(buildings=pd.concat([city.buildings, new]))

    def _buildings(self, city: City, zones: pd.DataFrame) -> pd.DataFrame:
        """One building for each zone, completed as all others are."""
        import shapely

        figures = defaults.load(city.country)
        side = np.sqrt(self.floor_area / self.levels)
        at = shapely.get_coordinates(zones.geometry.representative_point().to_numpy())
        half = side / 2.0
        shapes = shapely.box(at[:, 0] - half, at[:, 1] - half, at[:, 0] + half, at[:, 1] + half)
        usual = figures.values  # noqa: PD011 - a table of its own, not the array of a frame
        storey = float(usual.loc[self.use, "storey_height"])
        rows = new_rows(
            city,
            "buildings",
            [f"new:{self.id}:{zone}" for zone in zones.index],
            geometry=shapes,
            building=self.use,
            footprint=side**2,
            use=self.use,
            heated=bool(figures.uses["heated"][self.use]),
            year=float(self.start),
            height=storey * self.levels,
            levels=float(self.levels),
            floor_area=self.floor_area,
            renovation="existing",
            heating=self.heating,
            inside=zones["inside"].to_numpy(),
            zone=zones.index.to_numpy(),
            dwellings=np.nan,
            people=np.nan,
            jobs=np.nan,
        )
        homes = people.residents(people.dwellings(rows, figures), figures)
        return people.jobs(homes, figures)[rows.columns]

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Building cost of the floor area, paid by those who build."""
        area = self.floor_area * len(objects)
        return unit_priced("building", "new_building", city.country, area, "m2", payer="company")
