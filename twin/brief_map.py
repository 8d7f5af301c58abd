"""Maps of a brief: the change of its main figure by every plan, all in one frame and one legend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import brief_marks
from twin.maps import indicators, print_map
from twin.maps.print_map import Drawn
from twin.speech import plain, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.brief_choice import Choice
    from twin.city import City
    from twin.maps.indicators import Shown
    from twin.result import Result
    from twin.speech import Speech

    Floats = NDArray[np.float64]

MAIN: Final = (("streets", "vehicles"), ("buildings", "co2"), ("buildings", "heat_need"),
               ("buildings", "lden"), ("buildings", "lden_compare"), ("zones", "trips_car_driver"))  # fmt: skip
"""Figures that a map may show, the first that changes is taken; of homes by block only."""
ADDED: Final = ("streets", "buildings")
"""Tables that plans add objects to."""
NOTHING: Final = "nothing"
NAME: Final = 34
"""Characters of a plan beside its map [1]."""
CREDIT: Final = "© OpenStreetMap contributors"
SHORTEST: Final = 0.5
"""Height of a map by its width, at least [1]."""


@dataclass(frozen=True)
class Maps:
    """What is drawn.

    Parameters
    ----------
    shown
        The figure, with one legend for all plans.
    drawn
        One for each plan.
    """

    shown: Shown
    drawn: tuple[Drawn, ...]


def choose(choice: Choice, column: str = "") -> Maps | None:
    """The first figure of `MAIN` that some plan changes noticeably, else the first that is known.

    Parameters
    ----------
    choice
        What the brief is about.
    column
        ``table.column`` to draw instead; ignored where it is not known.
    """
    found = _chosen(choice, column)
    if found is None:
        return None
    marked = [
        replace(one, marks=brief_marks.of(choice, option))
        for one, option in zip(found.drawn, choice.options, strict=True)
    ]
    return replace(found, drawn=tuple(marked))


def _chosen(choice: Choice, column: str) -> Maps | None:
    table, _, name = column.rpartition(".")
    wanted = [(table, name), *MAIN] if name else list(MAIN)
    first: Maps | None = None
    for one, other in wanted:
        found = _of(choice, one, other)
        if found is None:
            continue
        if name and (one, other) == (table, name):
            return found
        first = first or found
        if any(np.any((part.places >= 0) & (part.places != part.middle)) for part in found.drawn):
            return found
    return first


def _of(choice: Choice, table: str, column: str) -> Maps | None:
    runs = {NOTHING: choice.nothing} | {one.plan.name: one.result for one in choice.options}
    only = {name: _only(result, table, column) for name, result in runs.items()}
    if any(result is None for result in only.values()):
        return None
    kept = {name: result for name, result in only.items() if result is not None}
    shown, objects = indicators.collect(_whole(choice, table), kept, NOTHING, public=True)
    if not shown:
        return None
    one = shown[0]
    frame = objects[one.table]
    base = one.figures[NOTHING]
    drawn = [
        _drawn(one, frame, base, one.figures[option.plan.name], choice) for option in choice.options
    ]
    return Maps(one, tuple(drawn))


def _drawn(
    one: Shown, frame: gpd.GeoDataFrame, base: Floats, after: Floats, choice: Choice
) -> Drawn:
    """What the map of a plan colours: objects of before, and those that this plan adds."""
    old = np.ones(len(frame), dtype=bool)
    if one.table in ADDED:
        old = frame.index.isin(choice.city.table(one.table).index)
    kept = old | np.isfinite(after)
    if one.table == "streets":
        kept &= _driven(frame)
        base = np.where(old, base, 0.0)  # nobody drives on a street that is not there
    wide = np.fmax(base, after)[kept] if one.table == "streets" else None
    frame = frame[kept]
    names = [plain(str(text)) for text in frame["name"].fillna("")] if "name" in frame else []
    return Drawn(frame, (after - base)[kept], one.change, wide, names)


def _whole(choice: Choice, table: str) -> City:
    """The City with the streets or houses that plans add, so that their figures can be drawn."""
    city = choice.city
    if table not in ADDED:
        return city
    parts = [
        brief_marks.added(city, one.after, table) for one in choice.options if one.after is not None
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return city
    rows = pd.concat([city.table(table), *parts])
    return city.replace(**{table: rows[~rows.index.duplicated()]})


def _driven(streets: pd.DataFrame) -> NDArray[np.bool_]:
    """Streets that cars may use: on the others nothing was to be computed."""
    return np.asarray(streets["drive_forward"] | streets["drive_backward"], dtype=bool)


def _only(result: Result, table: str, column: str) -> Result | None:
    """The result with one column alone."""
    frame = result.frames.get(table)
    if frame is None or column not in frame:
        return None
    return replace(result, frames={table: frame[[column]]})


def pictures(
    maps: Maps, city: City, inches: tuple[float, float], tallest: float = 0.0
) -> list[bytes]:
    """One PNG for each plan, all of one frame.

    Parameters
    ----------
    maps
        Of `choose`.
    city
        Gives the ground.
    inches
        Width and least height of each [inch].
    tallest
        Height that they may grow to where the changes lie in a tall area [inch].
    """
    wide, low = inches
    west, south, east, north = print_map.reach(maps.drawn, city)
    height = min(max(wide * (north - south) / (east - west), low), max(tallest, low))
    frame = print_map.extent(maps.drawn, city, wide / height)
    return [print_map.png(one, city, frame, (wide, height), CREDIT) for one in maps.drawn]


def content(maps: Maps | None, choice: Choice, say: Speech) -> dict[str, Any]:
    """Headings, legend and the words that say what the maps show.

    Parameters
    ----------
    maps
        Of `choose`, or None.
    choice, say
        What the brief is about, and the language.
    """
    if maps is None:
        return {"map_title": "", "map_note": "", "maps": [], "legend": []}
    column = maps.shown.column
    unit = say.unit(column.unit)
    title = column.title(say.language)
    what = f"{title} [{unit}]" if unit else title
    wide = say.word("brief_width") if maps.shown.table == "streets" else ""
    return {
        "map_title": say.word("brief_map", what=what),
        "map_note": say.word("brief_map_note", year=choice.year, width=wide) + _signs(maps, say),
        "maps": [
            {
                "title": short(option.title, NAME),
                "text": _text(one, option.title, title, say),
                "marks": brief_marks.told(choice, option, say),
            }
            for option, one in zip(choice.options, maps.drawn, strict=True)
        ],
        "legend": _legend(maps.drawn, say),
    }


def _signs(maps: Maps, say: Speech) -> str:
    """What the marks that are there mean."""
    marks = [one.marks for one in maps.drawn]
    new, closed, numbers = (
        any(len(getattr(one, name)) for one in marks) for name in ("new", "closed", "measures")
    )
    keys = [("brief_sign_new", new), ("brief_sign_closed", closed), ("brief_sign_number", numbers)]
    return "".join(f" {say.word(key)}" for key, there in keys if there)


def _text(drawn: Drawn, plan: str, what: str, say: Speech) -> str:
    """What a map shows, in words."""
    places = drawn.places
    known = places[places >= 0]
    return say.word(
        "brief_map_text", plan=short(plan, NAME), what=what[:1].lower() + what[1:]
        if say.language != "de" else what,
        more=say.number(int((known > drawn.middle).sum()), 6),
        less=say.number(int((known < drawn.middle).sum()), 6), all=say.number(len(known), 6),
    )  # fmt: skip


def _legend(drawn: Sequence[Drawn], say: Speech) -> list[dict[str, str]]:
    """Swatch, text and number of objects of each class, then what is not known."""
    rows = [print_map.legend(one) for one in drawn]
    found = []
    for number, (colour, low, high, _) in enumerate(rows[0]):
        counts = " · ".join(say.number(each[number][3], 6) for each in rows)
        text = say.word("no_change") if number == drawn[0].middle else _ends(low, high, say)
        found.append({"colour": colour, "text": text, "count": counts})
    unknown = [int((one.places < 0).sum()) for one in drawn]
    if any(unknown):
        counts = " · ".join(say.number(each, 6) for each in unknown)
        found.append({"colour": "", "text": say.word("no_value"), "count": counts})
    return found


def _ends(low: float | None, high: float | None, say: Speech) -> str:
    if low is None:
        return f"< {say.signed(high, 2)}"
    if high is None:
        return f"≥ {say.signed(low, 2)}"
    return say.word("brief_span", low=say.signed(low, 2), high=say.signed(high, 2))
