"""Free-text values of OpenStreetMap tags turned into numbers, or refused.

Every parser takes one text and returns a float that is NaN or lies within the bounds of the
column it feeds; none of them raises. `column` applies one to a whole column, once per distinct text.
Formats: OpenStreetMap wiki, Key:building:levels, Key:height, Map features/Units, Key:maxspeed,
Key:start_date, Key:voltage, Key:lanes.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

NAN: Final = math.nan
INCLINE: Final = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,3})?)\s*([%°])")
LONGEST: Final = 255
"""Characters of a tag value that are looked at [1] (the API allows no more)."""

METRES: Final = {
    "": 1.0,
    "m": 1.0,
    "metre": 1.0,
    "metres": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "cm": 0.01,
    "km": 1000.0,
    "ft": 0.3048,
    "feet": 0.3048,
    "foot": 0.3048,
    "'": 0.3048,
    '"': 0.0254,
    "in": 0.0254,
}
"""Length units in metres (international foot and inch, 1959)."""

KPH: Final = {
    "": 1.0,
    "kph": 1.0,
    "km/h": 1.0,
    "kmh": 1.0,
    "kmph": 1.0,
    "mph": 1.609344,
    "knots": 1.852,
    "kn": 1.852,
}
"""Speed units in km/h (international mile, nautical mile)."""

TONNES: Final = {
    "": 1.0,
    "t": 1.0,
    "kg": 1e-3,
    "lb": 0.000_453_592,
    "lbs": 0.000_453_592,
    "st": 0.907_185,
}
"""Units of weight in tonnes."""

VOLTS: Final = {"": 1.0, "v": 1.0, "kv": 1000.0, "mv": 1e6}
"""Voltage units in volts."""

_NUMBER: Final = r"\d{1,9}(?:[.,]\d{1,9})?"
_QUANTITY: Final = re.compile(rf"^({_NUMBER})\s*([a-z/'\"]*)$")
_FEET_INCHES: Final = re.compile(rf"^({_NUMBER})\s*(?:'|ft)\s*({_NUMBER})\s*(?:\"|''|in)?$")
_RANGE: Final = re.compile(
    rf"^({_NUMBER})\s*([a-z']*?)\s*(?:-|\u2013|\.\.|to)\s*({_NUMBER})\s*([a-z']*)$"
)
_APPROXIMATE: Final = re.compile(r"^(?:~|ca?\.?\s|about\s|approx\.?\s|circa\s)\s*")
_ZONE: Final = re.compile(r"^(([a-z]{2})(?:-[a-z0-9]{1,3})?):(?:zone:?)?([a-z_]+|\d{1,3})$")
_CENTURY: Final = re.compile(r"^c(\d{1,2})$")
_DECADE: Final = re.compile(r"^(\d{3})0s$")
_YEAR: Final = re.compile(r"^(\d{4})(?:-\d{2}){0,2}$")
_PART: Final = {"early": 1 / 6, "mid": 1 / 2, "late": 5 / 6}
"""Middle of the first, second and last third of a decade or century [1]."""


def column(values: pd.Series, parse: Callable[[str], float]) -> pd.Series:
    """Apply a parser to a text column, once per distinct text.

    Parameters
    ----------
    values : (rows,) str
        Tag values; missing ones stay missing.
    parse
        One of the parsers below.
    """
    known = {text: parse(text) for text in values.dropna().unique()}
    return values.map(known).astype("float64")


@cache
def most(table: str, column: str) -> Callable[[str], float]:
    """Parser of a number [1] within the bounds of a column: of several the highest, of a range the middle.

    Examples
    --------
    "3;4" -> 4, "2-3" -> 2.5, "1,5" -> 1.5
    """
    bounds = tables.schema(table)[column]
    return lambda text: _bounded(_highest(text, _plain), bounds.lower, bounds.upper)


@cache
def length(table: str, column: str) -> Callable[[str], float]:
    """Parser of a length [m] within the bounds of a column.

    Examples
    --------
    "12 m" -> 12, "12,5" -> 12.5, "40'" and "40 ft 0 in" -> 12.192
    """
    bounds = tables.schema(table)[column]
    return lambda text: _bounded(_highest(text, _length), bounds.lower, bounds.upper)


def lanes(text: str) -> float:
    """Lanes of both directions together [1]; of several the fewest."""
    return _bounded(_lowest(text, _plain), 1, 20)


def layer(text: str) -> float:
    """Vertical order [1]; 0 where the text says nothing."""
    try:
        value = float(text[:LONGEST].strip().replace(",", "."))
    except ValueError:
        return 0.0
    return value if -10 <= value <= 20 else 0.0  # noqa: PLR2004 - bounds of the column


def incline(text: str) -> float:
    """Rise over length in drawing direction [1] (OSM incline=*): ``8%``, ``-5°``; words are none."""
    found = INCLINE.fullmatch(_clean(text))
    if found is None:
        return NAN
    value = float(found[1])
    rise = value / 100.0 if found[2] == "%" else math.tan(math.radians(min(abs(value), 60.0)))
    return _bounded(math.copysign(rise, value), -1.0, 1.0)


def admin_level(text: str) -> float:
    """Level of an administrative boundary [1]."""
    return _bounded(_lowest(text, _plain), 1, 15)


def population(text: str) -> float:
    """Inhabitants [people]; blanks between thousands are allowed."""
    return _bounded(_plain(_clean(text).replace(" ", "").replace("'", "")), 0, 1e8)


def voltage(text: str) -> float:
    """Highest voltage [V]: "110000;20000", "20 kV", "400/230"."""
    return _bounded(_highest(text.replace("/", ";"), _in(VOLTS)), 1, 1_500_000)


def weight(text: str) -> float:
    """Lowest permitted weight [t]: "7.5", "3,5 t", "7500 kg", "16000 lbs"; words are none."""
    return _bounded(_lowest(text, _in(TONNES)), 0.1, 200)


def clearance(text: str) -> float:
    """Lowest permitted height, width or length [m]: "3.5", "3,8 m", "12 ft"; words are none."""
    return _bounded(_lowest(text, _length), 0.5, 100)


def speed(text: str) -> float:
    """Legal speed [km/h]: "50", "30 mph", "DK:urban", "walk", "none"; of several the lowest.

    Zones, walking pace and unlimited roads take their figure from ``speeds.csv``.
    """
    return _bounded(_lowest(text, _speed), 1, 200)


def year(text: str) -> float:
    """Year of construction [a]: the middle of a period, the bound of "before" and "after".

    Examples
    --------
    "1930s" -> 1935, "C19" -> 1850, "~1900" -> 1900, "1868..1872" -> 1870, "late 1920s" -> 1928
    """
    return _bounded(_year(_clean(text)), 1000, 2100)


def _clean(text: str) -> str:
    return text[:LONGEST].strip().lower().replace("\N{PRIME}", "'").replace("\N{DOUBLE PRIME}", '"')


def _bounded(value: float, lower: float, upper: float) -> float:
    return value if lower <= value <= upper else NAN


def _several(text: str, parse: Callable[[str], float]) -> list[float]:
    """All readable numbers of a list separated by semicolons or bars."""
    parts = re.split(r"[;|]", _clean(text))
    found = [_one_or_range(_APPROXIMATE.sub("", part.strip()), parse) for part in parts]
    return [value for value in found if not math.isnan(value)]


def _highest(text: str, parse: Callable[[str], float]) -> float:
    return max(_several(text, parse), default=NAN)


def _lowest(text: str, parse: Callable[[str], float]) -> float:
    return min(_several(text, parse), default=NAN)


def _one_or_range(text: str, parse: Callable[[str], float]) -> float:
    span = _RANGE.match(text)
    if not span:
        return parse(text)
    return (parse(span[1] + (span[2] or span[4])) + parse(span[3] + (span[4] or span[2]))) / 2


def _float(text: str) -> float:
    """A number with a decimal point or comma."""
    return float(text.replace(",", "."))


def _plain(text: str) -> float:
    return _float(text) if re.fullmatch(_NUMBER, text) else NAN


def _in(units: dict[str, float]) -> Callable[[str], float]:
    """Parser of a number with one of the given units."""

    def parse(text: str) -> float:
        match = _QUANTITY.match(text)
        if not match or match[2] not in units:
            return NAN
        return _float(match[1]) * units[match[2]]

    return parse


def _length(text: str) -> float:
    both = _FEET_INCHES.match(text)
    if both:
        return _float(both[1]) * METRES["ft"] + _float(both[2]) * METRES["in"]
    return _in(METRES)(text)


@cache
def _legal_speeds() -> dict[tuple[str, str], float]:
    """Legal speed [km/h] by country and kind of road."""
    rows = tables.load("speeds")
    return {
        (str(row.country).lower(), str(row.kind)): float(str(row.value))
        for row in rows.itertuples(index=False)
    }


def _speed(text: str) -> float:
    value = _in(KPH)(text)
    if not math.isnan(value):
        return value
    known = _legal_speeds()
    zone = _ZONE.match(text)
    if not zone:
        return known.get(("*", text), NAN)
    region, country, kind = zone.groups()
    if kind.isdigit():
        return float(kind)
    return known.get((region, kind), known.get((country, kind), NAN))


def _year(text: str) -> float:
    if text.startswith("before "):
        return _year(text.removeprefix("before ").strip())
    if text.startswith("after "):
        return _year(text.removeprefix("after ").strip())
    if ".." in text:
        first, _, last = text.partition("..")
        return (_moment(first.strip()) + _moment(last.strip())) / 2
    span = re.fullmatch(r"(\d{4})\s*[-\u2013/]\s*(\d{4})", text)
    if span:
        return (float(span[1]) + float(span[2])) / 2
    return _moment(_APPROXIMATE.sub("", text))


def _moment(text: str) -> float:
    """Year, decade or century, or the early, mid or late part of one."""
    part, _, rest = text.partition(" ")
    share = _PART.get(part, 1 / 2)
    text = rest.strip() if part in _PART else text.removeprefix("~")
    if match := _YEAR.match(text):
        return float(match[1])
    if match := _DECADE.match(text):
        return float(match[1]) * 10 + math.floor(10 * share)
    if match := _CENTURY.match(text):
        return (float(match[1]) - 1) * 100 + math.floor(100 * share)
    return NAN


def plausible_levels(
    levels: np.ndarray, height: np.ndarray, footprint: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which storeys and which heights can be believed together.

    Parameters
    ----------
    levels : (buildings,) [1]
        Storeys as tagged, NaN where unknown.
    height : (buildings,) [m]
        Height as tagged, NaN where unknown.
    footprint : (buildings,) [m2]
        Area of the outline.

    Returns
    -------
    levels_good, height_good : (buildings,) bool
        False where the value is there and must be refused. Where storeys are too low for a
        person, storeys are refused ("63" on a 10 m house), or the height if it repeats the
        number of storeys. Storeys that would make a needle of a small footprint are refused too.
    """
    limits = tables.load("osm_limits").set_index("name")["value"]
    with np.errstate(invalid="ignore", divide="ignore"):
        squashed = height / levels < limits["storey_height_min"]
        repeated = squashed & (height == levels)
        slenderness = levels * limits["storey_height"] / np.sqrt(footprint)
    needle = slenderness > limits["slenderness_max"]
    return ~((squashed & ~repeated) | needle), ~(repeated & ~needle)
