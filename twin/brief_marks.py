"""What of a plan a brief marks on its map: new and closed streets and houses, numbered measures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.maps.print_marks import Marks
from twin.speech import plain, short
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    import shapely

    from twin.brief_choice import Choice, Option
    from twin.city import City
    from twin.speech import Speech

NUMBERED: Final = 9
"""Measures of a plan that get a number [1]."""
NAMED, NAME = 2, 26
"""Streets that a measure is told by, and characters of each [1]."""
CARS: Final = ["drive_forward", "drive_backward"]


class Measure(NamedTuple):
    """A measure with its number: kind, first year, objects, and names of its streets."""

    number: int
    kind: str
    start: int
    objects: int
    names: tuple[str, ...]


def measures(choice: Choice, option: Option) -> list[Measure]:
    """The measures of a plan that get a number.

    Parameters
    ----------
    choice, option
        What the brief is about, and the plan.
    """
    reached = choice.reached[choice.place(option)]
    found = []
    for number, one in enumerate(option.plan.interventions[:NUMBERED], 1):
        objects = reached[one.id]
        table = choice.city.table(one.table)
        found.append(Measure(number, one.kind, one.start, len(objects), _names(table, objects)))
    return found


def _names(table: pd.DataFrame, objects: pd.Index) -> tuple[str, ...]:
    """The names that most of the objects have."""
    if "name" not in table:
        return ()
    names = table["name"].reindex(objects).dropna()
    return tuple(str(name) for name, _ in Counter(names).most_common(NAMED + 1))


def told(choice: Choice, option: Option, say: Speech) -> list[dict[str, str]]:
    """Numbers of measures and what they are, as printed beside the map.

    Parameters
    ----------
    choice, option, say
        What the brief is about, the plan, and the language.
    """
    return [
        {"number": str(one.number), "text": _line(one, say)} for one in measures(choice, option)
    ]


def _line(one: Measure, say: Speech) -> str:
    kind = say.word(f"kind_{one.kind}")
    where = ", ".join(short(plain(name), NAME) for name in one.names)
    if len(one.names) > NAMED or (not where and one.objects > 1):
        where = say.word("brief_objects", n=say.number(one.objects, 6))
    return f"{kind}: {where} ({one.start})" if where else f"{kind} ({one.start})"


def of(choice: Choice, option: Option) -> Marks:
    """What is marked on the map of a plan.

    Parameters
    ----------
    choice, option
        What the brief is about, and the plan.
    """
    after = option.after
    if after is None:
        return Marks()
    reached = choice.reached[choice.place(option)]
    shapes = [
        _built(choice.city, after, one.id)
        or _shapes(choice.city, after, one.table, reached[one.id])
        for one in option.plan.interventions[:NUMBERED]
    ]
    return Marks(_new(choice.city, after), _closed(choice.city, after), shapes)


def _built(city: City, after: City, measure: str) -> list[shapely.Geometry]:
    """Streets and houses that a measure adds; their ids say by which they came."""
    parts = [added(city, after, table) for table in ("streets", "buildings")]
    return [
        shape for part in parts
        for shape in _drawn(part[part.index.str.startswith(f"new:{measure}:")])
    ]  # fmt: skip


def _shapes(city: City, after: City, table: str, objects: pd.Index) -> Sequence[shapely.Geometry]:
    """Shapes of objects, before the plan or after it; a table without shapes has none."""
    for one in (city, after):
        frame = one.table(table)
        there = frame.index.intersection(objects)
        if "geometry" in frame and len(there):
            return _drawn(frame.loc[there])
    return []


def _drawn(frame: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    geometry = frame.geometry
    return list(geometry[~(geometry.is_empty | geometry.isna())])


def added(city: City, after: City, table: str) -> gpd.GeoDataFrame:
    """Objects that only the City after the plan has.

    Parameters
    ----------
    city, after
        Before and after.
    table
        streets or buildings.
    """
    old, new = city.table(table), after.table(table)
    if new is old:
        return new.iloc[:0]
    return new.loc[new.index.difference(old.index, sort=False)]


def _new(city: City, after: City) -> list[shapely.Geometry]:
    return [*_drawn(added(city, after, "streets")), *_drawn(added(city, after, "buildings"))]


def _closed(city: City, after: City) -> list[shapely.Geometry]:
    """Streets that cars could use and can no more, and houses that are gone."""
    old, new = city.streets, after.streets
    open_ = old[CARS].any(axis=1)
    still = new.loc[standing(new), CARS].any(axis=1)
    closed = old[open_ & ~still.reindex(old.index, fill_value=False)]
    houses, later = city.buildings, after.buildings
    kept = houses.index.isin(later.index[standing(later)])
    gone = houses[np.asarray(standing(houses)) & ~kept]
    return [*_drawn(closed), *_drawn(gone)]
