"""Insulate and tighten the envelope of heated buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin import work_costs, works
from twin.energy.constructions import LEVELS
from twin.intervention import Intervention
from twin.pricing import Cost, priced, unit_costs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City


class Retrofit(Intervention):
    """A package of envelope measures on heated buildings that are not at that level yet."""

    table: ClassVar[str] = "buildings"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "retrofit",
            "id": "old-homes",
            "where": {"expression": "use in ['house', 'terrace', 'apartments'] and year < 1980"},
            "start": 2026,
            "pace": 0.1,
            "order": "year",
            "package": "usual",
        },
        {
            "kind": "retrofit",
            "id": "deep",
            "where": "all",
            "start": 2026,
            "package": "advanced",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "Which buildings are protected is not known here unless a register was attached; "
            "buildings that it names as protected are left out."
        ),
        (
            "Of some periods the typology has the same values at several levels (Denmark from 1999): "
            "there the package costs and changes nothing."
        ),
        (
            "A package has the price of a whole refurbishment, with what would be due anyway; the "
            "parts of `insulation` have that of the energy works alone and add up to less than half "
            "of it."
        ),
        (
            "Half of Spain's types keep roofs without insulation in their renovated states: there "
            "`insulation` of roofs saves what a package does not."
        ),
    )

    kind: Literal["retrofit"] = Field(default="retrofit", description="Kind of intervention")
    package: Literal["usual", "advanced"] = Field(
        description="Envelope after the works: usual or advanced, as in TABULA"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Heated buildings below the package's level that are not protected against it."""
        below = frame["renovation"].isin(LEVELS[: LEVELS.index(self.package)])
        return np.asarray(works.open_to(frame, "envelope") & below)

    def change(self, city: City, objects: pd.Index) -> City:
        """Set the state of the envelope; what that saves is for the energy model."""
        known = self._lowered(city, objects)
        return works.done(city, objects, "envelope", renovation=self.package, **known)

    def _lowered(self, city: City, objects: pd.Index) -> dict[str, Any]:
        """U-values that are known by themselves, where the package is better than they are."""
        frame = city.table(self.table).loc[objects]
        names = [f"u_{part}" for part in works.PARTS if f"u_{part}" in frame]
        if not names:
            return {}
        target = works.at_level(frame, city.country, self.package)
        return {name: frame[name].clip(upper=target[name]).to_numpy() for name in names}

    def by_object(self, city: City, objects: pd.Index) -> pd.DataFrame:
        """Cost of each building: amount, low, high [currency], running [currency/a]."""
        rows = unit_costs("retrofit", city.country)
        frame = city.table(self.table).loc[objects]
        unit, _ = unit_cost(frame, rows[rows["key"] == "envelope"])
        factor = rows.set_index("key")["value"]["advanced_factor"]
        amount = frame["floor_area"] * unit * (factor if self.package == "advanced" else 1.0)
        usual = works.figures()
        spread = [usual["retrofit.low"] * amount, usual["retrofit.high"] * amount]
        parts = [amount, *spread, 0.0 * amount]
        return pd.DataFrame(dict(zip(work_costs.COLUMNS, parts, strict=True)))

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Gross floor area at a cost by use and period of construction."""
        rows = unit_costs("retrofit", city.country)
        frame = city.table(self.table).loc[objects]
        envelope = rows[rows["key"] == "envelope"]
        unit, used = unit_cost(frame, envelope)
        other = rows.set_index("key")["value"]
        advanced = self.package == "advanced"
        factor = other["advanced_factor"] if advanced else 1.0
        used += rows.index[rows["key"] == "advanced_factor"].tolist() if advanced else []
        area = frame["floor_area"].to_numpy()
        return priced(
            rows.loc[used or envelope.index],
            payer="owner",
            quantity=area.sum(),
            unit="m2",
            amount=float(area @ unit) * factor,
            lifetime=other["lifetime"],
            running=0.0,
            revenue=0.0,
        )


def unit_cost(frame: pd.DataFrame, rows: pd.DataFrame) -> tuple[NDArray[np.float64], list[Any]]:
    """Cost of the usual package per building, by use and year of construction.

    Parameters
    ----------
    frame : (buildings, columns)
        Columns use and year [a].
    rows
        Unit costs by use (``*`` is every other use) and period.

    Returns
    -------
    unit : (buildings,) [currency/m2]
    used
        Labels of the rows that any building took.
    """
    use = frame["use"].where(frame["use"].isin(rows["use"]), "*").to_numpy()
    year = np.floor(frame["year"].to_numpy())
    unit = np.full(len(frame), np.nan)
    used = []
    for row in rows.itertuples():
        hit = (use == row.use) & (row.built_from <= year) & (year <= row.built_to)
        unit[hit] = row.value
        used += [row.Index] if hit.any() else []
    return unit, used
