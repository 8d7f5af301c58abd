"""Intervention: what all kinds of change to a City have in common, and what they cost.

A new kind is one file in `twin.interventions` and one test. The file holds one class, named in
YAML by the file's name, with

- ``kind``: the file's name, as a literal; ``table``: the City table whose objects it selects;
- its own fields, each number with bounds, a description and a unit;
- ``eligible(frame)``: rows of that table that the change can still be made to;
- ``change(city, objects)``: the City with the change made (`with_values` does the usual case);
- ``price(city, objects)``: the `Cost` of doing so, from a table of unit costs;
- ``examples``: what such an entry looks like, tried by the shared laws on the test city;
- ``limits``: plain sentences on what the model of this change cannot see;
- ``touches``: other tables in which the change alters rows that are there (new rows need no word).

Whose consent a kind needs, by country, stands in ``twin/data/consents.csv``.

Sets of objects follow three rules. `select` looks at the City as it is before the scenario, so it
does not depend on other interventions. A share of it is realised on whole objects in a fixed order,
so the set of 2030 contains that of 2027. What is realised is changed only where the change is still
due at that moment, so nothing is done, or paid, twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

import numpy as np
import pandas as pd
from pydantic import Field, StringConstraints

from layers import tables
from layers.errors import Fault, InputError
from twin import expression
from twin.errors import NotComputedError, ScenarioError
from twin.states import standing
from twin.where import Expression, Frozen, Where, below, members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from layers.schema import Column
    from twin.city import City

EARLIEST, LATEST = 1990, 2100
"""Years that an intervention may start in [a]."""
NOTE = 2_000
"""Longest note [characters]."""
ALLOWED = frozenset({"lorries"})
"""Optional permissions that hold where nothing is set."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A short name that is safe in file names and addresses."""
Note = Annotated[str, StringConstraints(max_length=NOTE)]


@dataclass(frozen=True)
class Cost:
    """What a change costs those who pay for it.

    Parameters
    ----------
    amount
        Investment [currency], never negative.
    lifetime
        Years until it has to be made again [a].
    running, revenue
        Change of yearly running cost and of yearly revenue [currency/a], of either sign.
    currency
        ISO 4217 code.
    price_year
        Year of the prices [a].
    vat
        Rate of value added tax that is included [1]; None if the source does not say.
    payer
        Who pays: municipality, owner, household, company or state.
    quantity, unit
        How much was priced, as 12,400 and ``m2``.
    evidence
        Grade of the unit cost: published or assumed.
    sources
        Where the unit costs are from.
    """

    amount: float
    lifetime: float
    running: float
    revenue: float
    currency: str
    price_year: int
    vat: float | None
    payer: str
    quantity: float
    unit: str
    evidence: str
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        numbers = (self.amount, self.lifetime, self.running, self.revenue, self.quantity)
        if not np.isfinite(numbers).all() or self.amount < 0 or self.lifetime <= 0:
            raise ValueError(f"no possible cost: {self}")


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
        frame = city.table(self.table)
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


def with_values(city: City, table: str, objects: pd.Index, **values: Any) -> City:
    """A City with columns of some objects set, and marked as set by a scenario.

    Parameters
    ----------
    city
        The City to start from.
    table
        Name of the table.
    objects
        Ids of the rows.
    **values
        Column and its new value; a completed column's source becomes ``scenario``, its spread 0.
        An optional column that the table lacks is added, unset for all other rows.
    """
    frame = city.table(table)
    rows = members(frame.index, objects)
    for column, value in values.items():
        if column not in frame.columns:
            frame[column] = unset(table, column, frame.index)
        frame.loc[rows, column] = value
        if column + tables.SOURCE_SUFFIX in frame.columns:
            frame.loc[rows, column + tables.SOURCE_SUFFIX] = "scenario"
            frame.loc[rows, column + tables.SPREAD_SUFFIX] = 0.0
    return city.replace(**{table: frame})


def unset(table: str, column: str, index: pd.Index) -> pd.Series:
    """An optional column in which nothing is set: missing, where yes or no is asked what is usual.

    Parameters
    ----------
    table, column
        Names in the City's contract.
    index
        Rows.
    """
    # Not through `twin.city`: that loads geopandas, and a list of kinds should be there at once.
    contract = next(
        one
        for package in ("twin.data", "layers.data")
        if table in tables.schemas(package)
        for one in tables.schema(table, package).optional
        if one.name == column
    )
    if contract.dtype == "bool":
        return pd.Series(data=column in ALLOWED, index=index, dtype="bool")
    return pd.Series(None if contract.dtype == "str" else np.nan, index=index, dtype=contract.dtype)


def done(frame: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Which objects carry the mark of a measure (objects,).

    Parameters
    ----------
    frame : (objects, columns)
        City table; its optional column measures names what was done, parted by blanks.
    name
        Id of the measure.
    """
    if "measures" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.array([name in str(one).split() for one in frame["measures"].fillna("")], dtype=bool)


def noted(frame: pd.DataFrame, name: str) -> list[str]:
    """Marks of objects with one measure more (objects,).

    Parameters
    ----------
    frame : (objects, columns)
        Rows of a City table.
    name
        Id of the measure.
    """
    old = frame["measures"].fillna("") if "measures" in frame else pd.Series("", index=frame.index)
    return [f"{one} {name}".strip() for one in old]


def new_rows(city: City, table: str, ids: Sequence[str | int], **columns: Any) -> pd.DataFrame:
    """Rows of a table for new objects: what is not given is empty, zero, or set by the scenario.

    Parameters
    ----------
    city
        The City that they will stand in.
    table
        Name of the table.
    ids
        Ids of the new objects.
    **columns
        Values; geometry in the CRS of the City.
    """
    from twin.city import schema

    like = city.table(table).iloc[:0]
    contracts = {one.name: one for one in (*schema(table).columns, *schema(table).optional)}
    index = pd.Index(list(ids), dtype=like.index.dtype, name=like.index.name)
    frame = like.reindex(index)
    for name in like.columns:
        value = columns.get(name, _usual(name, contracts[name]) if name in contracts else None)
        dtype = like[name].dtype
        frame[name] = pd.Series(value, index=index, dtype=object if name == "geometry" else dtype)
    return frame.set_geometry("geometry", crs=city.crs) if "geometry" in like else frame


def _usual(name: str, column: Column) -> Any:
    """What a column of a new object holds when nothing is said."""
    if name.endswith(tables.SOURCE_SUFFIX):
        return "scenario"
    if name in {"inside", "state"}:
        return {"inside": True, "state": "new"}[name]
    if column.nullable:
        return np.nan if column.dtype == "float64" else None
    return {"str": "", "bool": False, "int64": 0, "float64": 0.0}.get(column.dtype)


def with_parameter(city: City, name: str, value: float, unit: str) -> City:
    """A City with one of its parameters set by a scenario.

    Parameters
    ----------
    city
        The City to start from.
    name
        Dotted name, as ``mobility.electric_share``.
    value, unit
        Its new value and unit.
    """
    frame = city.table("parameters")
    frame.loc[name] = {"value": repr(float(value)), "unit": unit, "source": "scenario"}
    return city.replace(parameters=frame)


def unit_costs(name: str, country: str) -> pd.DataFrame:
    """Unit costs of a country; for things that it has no row of, those that stand in, as assumed.

    Parameters
    ----------
    name
        File in ``twin/data/costs``, without ``.csv``.
    country
        ISO 3166-1 alpha-2 code.

    Returns
    -------
    rows
        Columns of the file: key, value, unit, currency, price_year, vat, source, evidence ...

    Raises
    ------
    NotComputedError
        If neither the country nor a stand-in has rows.
    """
    rows = tables.load(f"costs/{name}", "twin.data")
    own = rows[rows["country"] == country]
    priced = rows["key"].str.partition(".")[0].isin(own["key"])
    others = rows[(rows["stand_in"] == "yes") & ~priced].assign(evidence="assumed")
    if own.empty and others.empty:
        raise NotComputedError(f"No unit costs of {name} for {country}, and none stand in.")
    return pd.concat([own, others], ignore_index=True)


def unit_priced(
    name: str, key: str, country: str, quantity: float, unit: str, payer: str = "municipality"
) -> Cost:
    """A Cost of so many units at the rows ``key``, ``key.lifetime`` and ``key.running``.

    Parameters
    ----------
    name
        File in ``twin/data/costs``, without ``.csv``.
    key
        What is bought.
    country
        ISO 3166-1 alpha-2 code.
    quantity, unit
        How much.
    payer
        Who pays.

    Raises
    ------
    NotComputedError
        If neither the country nor a stand-in has rows.
    """
    rows = unit_costs(name, country)
    value = rows.set_index("key")["value"]
    return priced(
        rows[rows["key"] == key],
        payer=payer,
        quantity=quantity,
        unit=unit,
        amount=quantity * value[key],
        lifetime=value[f"{key}.lifetime"],
        running=quantity * value[f"{key}.running"],
        revenue=0.0,
    )


def priced(rows: pd.DataFrame, payer: str, quantity: float, unit: str, **sums: float) -> Cost:
    """A Cost from sums and the table rows that the investment was computed with.

    Parameters
    ----------
    rows
        Rows of `unit_costs` that the amount rests on; they share currency, price year and VAT.
    payer
        Who pays.
    quantity, unit
        How much was priced.
    **sums
        amount [currency], lifetime [a], running and revenue [currency/a].
    """
    currency, price_year, vat = (rows[name].unique() for name in ("currency", "price_year", "vat"))
    assert len(currency) == len(price_year) == len(vat) == 1, rows
    return Cost(
        currency=str(currency[0]),
        price_year=int(price_year[0]),
        vat=None if pd.isna(vat[0]) else float(vat[0]),
        payer=payer,
        quantity=float(quantity),
        unit=unit,
        evidence="published" if (rows["evidence"] == "published").all() else "assumed",
        sources=tuple(rows["source"].unique()),
        **sums,
    )
