"""Intervention: what all kinds of change to a City have in common, and what they cost.

A new kind is one file in `twin.interventions` and one test. The file holds one class, named in
YAML by the file's name, with

- ``kind``: the file's name, as a literal; ``table``: the City table whose objects it selects;
- its own fields, each number with bounds, a description and a unit;
- ``eligible(frame)``: rows of that table that the change can still be made to;
- ``change(city, objects)``: the City with the change made (`twin.edits.with_values` does the usual case);
- ``price(city, objects)``: the `Cost` of doing so, from a table of unit costs (`twin.pricing`);
- ``examples``: what such an entry looks like, tried by the shared laws on the test city;
- ``known(city)``: only where `eligible` needs what a model tells of the objects beside their table;
- ``limits``: plain sentences on what the model of this change cannot see, each with its row in
  ``twin/data/limit_words.csv``;
- ``touches``: other tables in which the change alters rows that are there (new rows need no word).

Whose consent a kind needs, by country, stands in ``twin/data/consents.csv``.

Sets of objects follow three rules. `select` looks at the City as it is before the scenario, so it
does not depend on other interventions. A share of it is realised on whole objects in a fixed order,
so the set of 2030 contains that of 2027. What is realised is changed only where the change is still
due at that moment, so nothing is done, or paid, twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

import numpy as np
from pydantic import Field, StringConstraints

from layers.errors import Fault, InputError
from twin import expression
from twin.errors import ScenarioError
from twin.states import standing
from twin.where import Expression, Frozen, Where, below, members

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.pricing import Cost

EARLIEST, LATEST = 1990, 2100
"""Years that an intervention may start in [a]."""
NOTE = 2_000
"""Longest note [characters]."""


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A short name that is safe in file names and addresses."""
Note = Annotated[str, StringConstraints(max_length=NOTE)]


class Intervention(Frozen, ABC):
    """A change to selected objects of a City, from a year on; a frozen value.

    Kinds are concrete classes below this one and are never subclassed further.
    """

    table: ClassVar[str]
    examples: ClassVar[tuple[Mapping[str, Any], ...]]
    limits: ClassVar[tuple[str, ...]] = ()
    touches: ClassVar[tuple[str, ...]] = ()

    kind: str = Field(description="Kind of intervention")
    id: Slug = Field(description="Short name of this measure; small letters, digits, - _ .")
    where: Where = Field(description="Which objects: all, or selectors that must all hold")
    start: int = Field(
        ge=EARLIEST,
        le=LATEST,
        description="First year in which it is there",
        json_schema_extra={"unit": "a"},
    )
    pace: Literal["at once"] | Annotated[float, Field(gt=0, le=1)] = Field(
        default="at once",
        description="Share of the selected objects that is done each year, or 'at once'",
        json_schema_extra={"unit": "1/a"},
    )
    order: Expression | None = Field(
        default=None,
        description="Which objects first: a number, smallest first, as: -floor_area; "
        "without it a fixed random order",
    )
    note: Note = Field(default="", description="Remark for readers")

    @abstractmethod
    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Rows of the table that the change can still be made to."""

    def known(self, city: City) -> pd.DataFrame:
        """The table as `eligible` sees it; a kind may add columns that models tell of its objects.

        Parameters
        ----------
        city
            The City before this change.
        """
        return city.table(self.table)

    @abstractmethod
    def change(self, city: City, objects: pd.Index) -> City:
        """The City with the change made to the given objects, all of them eligible."""

    @abstractmethod
    def price(self, city: City, objects: pd.Index) -> Cost:
        """What changing the given objects costs; they are eligible in this City."""

    @final
    def select(self, city: City) -> pd.Index:
        """All objects that `where` names and that the change can be made to, in table order.

        Raises
        ------
        ScenarioError
            If a selector does not fit, or nothing is left; the message names the selector.
        """
        frame = city.table(self.table)
        named = self.where.select(frame, city.crs)
        due = self.due(city, named)
        if due.empty:
            reason = f"finds {len(named)} objects, but {self.kind} changes none of them."
            advice = "They are in that state already, or cannot be changed this way."
            raise ScenarioError(f"intervention {self.id}", "where", reason, advice)
        return due

    @final
    def due(self, city: City, objects: pd.Index) -> pd.Index:
        """Those of the objects that stand in this City and that the change is still due for."""
        frame = self.known(city)
        there = standing(frame).to_numpy()
        return frame.index[members(frame.index, objects) & there & self.eligible(frame)]

    @final
    def ranked(self, city: City, seed: int = 0) -> pd.Index:
        """The selected objects in the order in which they are realised.

        The order is that of `order`, then of BLAKE2b (RFC 7693, 8 bytes) of the text
        ``<seed>:<id of the measure>:<id of the object>``, so it does not change with other
        measures, other objects, the order of rows or the version of a library.

        Parameters
        ----------
        city
            The City before the scenario.
        seed
            Seed of the scenario [1].
        """
        frame = city.table(self.table).loc[self.select(city)].sort_index()
        keys = (blake2b(f"{seed}:{self.id}:{name}".encode(), digest_size=8) for name in frame.index)
        hashed = np.array([int.from_bytes(key.digest()) for key in keys], dtype=np.uint64)
        try:
            first = expression.numbers(self.order, frame) if self.order else np.zeros(len(frame))
        except InputError as error:
            faults = [Fault("order", *below(fault)) for fault in error.faults]
            raise ScenarioError.of(f"intervention {self.id}", faults) from None
        return frame.index[np.lexsort((hashed, first))]

    @final
    def realised(self, city: City, year: int, seed: int = 0) -> pd.Index:
        """The objects that are done by the end of a year: whole ones, nested in later years.

        Parameters
        ----------
        city
            The City before the scenario.
        year
            Year [a].
        seed
            Seed of the scenario [1].
        """
        ranked = self.ranked(city, seed)
        return ranked[: self.count(len(ranked), year)]

    @final
    def finished(self) -> int:
        """Year by whose end all selected objects are done [a]."""
        if self.pace == "at once":
            return self.start
        return self.start + int(np.ceil(round(1 / self.pace, 9))) - 1

    @final
    def count(self, selected: int, year: int) -> int:
        """How many of the selected objects are done by the end of a year [1]."""
        if year < self.start:
            return 0
        if self.pace == "at once":
            return selected
        # Rounded first: 0.1 * 3 * 10 is a whisker above 3, 0.07 * 100 one below 7.
        return min(
            selected, int(np.floor(round(self.pace * (year - self.start + 1) * selected, 9)))
        )

    @final
    def apply(self, city: City, objects: pd.Index | None = None) -> City:
        """A new City with the change made where it is due; the given City stays as it is.

        Parameters
        ----------
        city
            The City to change.
        objects
            Objects to change; without it all that `select` finds.
        """
        due = self.due(city, self.select(city) if objects is None else objects)
        return city if due.empty else self.change(city, due)

    @final
    def cost(self, city: City, objects: pd.Index | None = None) -> Cost:
        """Cost of what `apply` would change in this City.

        Parameters
        ----------
        city
            The City before this change.
        objects
            Objects to change; without it all that `select` finds.

        Raises
        ------
        NotComputedError
            If no unit cost is known for the City's country.
        """
        return self.price(city, self.due(city, self.select(city) if objects is None else objects))
