"""Plant trees along streets; in summer they cool the air at the buildings beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import work_costs, works
from twin.edits import done, new_rows, noted, with_values
from twin.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost


class StreetTrees(Intervention):
    """Trees at a fixed spacing on one side or both sides of streets.

    What the trees do to the air is a simplification: the cooling that studies of whole cities find
    by tree cover, taken for the share of crowns in a disc about each building (works.csv).
    """

    table: ClassVar[str] = "streets"
    touches: ClassVar[tuple[str, ...]] = ("buildings",)
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "street_trees",
            "id": "green-main-street",
            "where": {"expression": "name == 'Hovedgaden'"},
            "start": 2026,
            "spacing": 12.0,
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        "Trees count as grown from the first year; their shade on facades is not modelled.",
        "Room for roots, pipes in the ground and lost parking are not checked.",
        "Cooling by trees is that of whole cities, scaled to the surroundings of a building.",
    )

    kind: Literal["street_trees"] = Field(
        default="street_trees", description="Kind of intervention"
    )
    spacing: float = Field(
        ge=4,
        le=100,
        description="Distance from tree to tree",
        json_schema_extra={"unit": "m"},
    )
    sides: Literal[1, 2] = Field(
        default=2,
        description="Sides of the street with trees",
        json_schema_extra={"unit": "1"},
    )
    offset: float = Field(
        default=5.0,
        ge=1,
        le=20,
        description="Distance of the trees from the middle of the street",
        json_schema_extra={"unit": "m"},
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets where these trees are not planted yet and that are long enough for one."""
        return np.asarray(~done(frame, self.id) & (frame["length"] >= self.spacing))

    def change(self, city: City, objects: pd.Index) -> City:
        """Add the trees, and change the summer air at the buildings within reach."""
        frame = city.table(self.table).loc[objects]
        trees = self._trees(city, frame)
        planted = with_values(city, self.table, objects, measures=noted(frame, self.id))
        planted = planted.replace(trees=pd.concat([planted.trees, trees]))
        return self._cooled(planted, trees)

    def _trees(self, city: City, streets: pd.DataFrame) -> pd.DataFrame:
        """Rows of the trees table, by street and from its beginning on."""
        import shapely

        ids, points = [], []
        for name, line in streets.geometry.items():
            for side in range(self.sides):
                beside = line.offset_curve(self.offset if side == 0 else -self.offset)
                if beside.is_empty or beside.geom_type != "LineString":
                    # A loop or a tight bend has no one line at this distance.
                    beside = line
                count = int(line.length // self.spacing)
                at = (np.arange(count) + 0.5) / max(count, 1)
                points += list(shapely.line_interpolate_point(beside, at, normalized=True))
                ids += [f"new:{self.id}:{name}:{side}:{number}" for number in range(count)]
        inside = np.asarray(shapely.contains(city.boundary, points), dtype=bool)
        return new_rows(city, "trees", ids, geometry=points, inside=inside)

    def _cooled(self, city: City, trees: pd.DataFrame) -> City:
        """The City with cooler summer air at buildings near new trees."""
        buildings = city.buildings
        figures = works.figures()
        near, _ = trees.sindex.query(
            buildings.geometry.to_numpy(), predicate="dwithin", distance=figures["tree.reach"]
        )
        count = np.bincount(near, minlength=len(buildings))
        close = buildings.index[count > 0]
        if close.empty:
            return city
        crowns = pd.Series(count[count > 0] * figures["tree.canopy"], index=close)
        now = works.number(buildings.loc[close], "microclimate", 0.0)
        after = (now - figures["tree.cooling"] * works.cover(crowns)).clip(lower=works.MOST_COOLING)
        return with_values(city, "buildings", close, microclimate=after.to_numpy())

    def quantities(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Trees, by street."""
        length = city.table(self.table).loc[objects].geometry.length
        return pd.DataFrame({"street_tree": self.sides * (length // self.spacing)})

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each street: amount, low, high [currency], running [currency/a]."""
        return work_costs.by_object(city, self.quantities(city, objects))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Trees at the cost of pit, soil, tree and the first years of watering."""
        return work_costs.total(city, self.quantities(city, objects), payer="municipality")
