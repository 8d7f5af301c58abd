"""Forbid turning from one street into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from twin.edits import done, noted, with_values
from twin.errors import ScenarioError
from twin.intervention import Intervention
from twin.pricing import Cost, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City


class TurnBan(Intervention):
    """Cars on the selected streets may not turn into another street; bicycles and buses may."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "turn_ban",
            "id": "no-left",
            "where": {"ids": ["w102:21-22"]},
            "start": 2026,
            "to": ["w202:22-32"],
        },
    )

    kind: Literal["turn_ban"] = Field(default="turn_ban", description="Kind of intervention")
    to: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=100)] = Field(
        description="Ids of the streets that may not be turned into"
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets for cars that this measure has not changed yet."""
        cars = np.asarray(frame["drive_forward"] | frame["drive_backward"], dtype=bool)
        return np.asarray(cars & ~done(frame, self.id))

    def change(self, city: City, objects: pd.Index) -> City:
        """Add a ban for every junction that a selected street shares with a forbidden one."""
        bans = self._bans(city.table(self.table), objects)
        turns = city.table("turns")
        new = bans[~bans.index.isin(turns.index)]
        marked = with_values(
            city, self.table, objects, measures=noted(city.table(self.table).loc[objects], self.id)
        )
        return marked.replace(turns=pd.concat([turns, new])[turns.columns])

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Signs and markings for each turn."""
        count = float(len(self._bans(city.table(self.table), objects)))
        return unit_priced("street_works", "turn_ban", city.country, count, "turns")

    def _bans(self, streets: pd.DataFrame, objects: pd.Index) -> pd.DataFrame:
        """Rows of the table of turns, by id.

        Raises
        ------
        ScenarioError
            If a street is unknown or two streets share no junction.
        """
        unknown = [name for name in self.to if name not in streets.index]
        if unknown:
            raise ScenarioError(f"intervention {self.id}", "to", f"there is no street {unknown[0]!r}.",
                                "Copy ids from the map or an export.")  # fmt: skip
        rows = []
        for source in objects:
            for target in self.to:
                ends = [set(streets.loc[one, ["from_node", "to_node"]]) for one in (source, target)]
                rows += [(source, node, target) for node in sorted(ends[0] & ends[1])]
        if not rows and len(objects):
            raise ScenarioError(f"intervention {self.id}", "to",
                                "shares no junction with the selected streets.",
                                "Name streets that meet at a junction.")  # fmt: skip
        frame = pd.DataFrame(rows, columns=["from_street", "via_node", "to_street"])
        named = frame["from_street"].astype("str") + " " + frame["to_street"].astype("str")
        index = pd.Index(
            [f"new:{self.id}:{name}:{node}" for name, node in zip(named, frame["via_node"], strict=True)],
            dtype="str", name="id",
        )  # fmt: skip
        frame = frame.astype({"from_street": "str", "via_node": "int64", "to_street": "str"})
        return frame.set_index(index).assign(
            kind="no_turn", exempt=pd.Series("bicycle;bus", index=index, dtype="str")
        )
