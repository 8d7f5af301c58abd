"""Match rows of a register to buildings: by id, by address, by place.

Each matcher looks at all rows and returns the buildings that could be meant; `match` takes the
first matcher that leaves one building, and lets a later one decide between the candidates of an
earlier one (an address that two buildings share, and a point inside one of them).
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import addresses
from layers.texts import fold
from twin import states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import geopandas as gpd

Hits = dict[int, tuple[str, ...]]
"""Row number to the buildings that a matcher finds; a row without clue is absent."""

MATCHED: Final = "matched"
UNMATCHED: Final = "unmatched"
AMBIGUOUS: Final = "ambiguous"
OSM_ID: Final = re.compile(r"(?:.*/)?(w|way|r|rel|relation)[/ ]?(\d{1,18})", re.IGNORECASE)
DAR_ADDRESS: Final = "adgangsadressebetegnelse"
"""Whole address in the Danish register of addresses."""

HINTED: Final = 500
"""Streets that are not known and for which a like one is looked for [1]."""

SHOWN: Final = 10
"""Candidates named per row [1]."""


def by_osm_id(rows: pd.DataFrame, buildings: pd.DataFrame) -> Hits:
    """Buildings by OpenStreetMap id: ``w12``, ``way/12`` or the address of its page.

    A column ``id`` that is written like this counts too.
    """
    known = set(buildings.index)
    found: Hits = {}
    for column in ("id", "osm_id"):
        for row, text in _texts(rows, column):
            match = OSM_ID.fullmatch(text)
            if match:
                name = f"{match[1][0].lower()}{match[2]}"
                found[row] = (name,) if name in known else ()
    return found


def by_register_id(rows: pd.DataFrame, buildings: pd.DataFrame) -> Hits:
    """Buildings that carry the row's id from a register attached before."""
    if "register_id" not in buildings:
        return {}
    holders = defaultdict(list)
    for building, text in buildings["register_id"].dropna().items():
        for name in str(text).split(";"):
            holders[name].append(str(building))
    found: Hits = {}
    for column in ("husnummer", "id"):  # the id of the house number in the Danish registers
        for row, text in _texts(rows, column):
            if text in holders or row not in found:
                found[row] = tuple(holders.get(text, ()))
    return found


def by_address(
    rows: pd.DataFrame, book: Mapping[tuple[str, str], list[tuple[str, str, str]]]
) -> Hits:
    """Buildings by street, house number and, where both sides know it, postcode or town.

    Parameters
    ----------
    rows
        Register; columns address, or street and housenumber.
    book
        As `address_book` makes it.
    """
    found: Hits = {}
    for row, address in _addresses(rows):
        entries = book.get((address.street, address.number), [])
        entries = _same(entries, 0, address.postcode)
        entries = entries if address.postcode else _same(entries, 1, address.city)
        found[row] = tuple(dict.fromkeys(entry[2] for entry in entries))
    return found


def _same(
    entries: list[tuple[str, str, str]], part: int, wanted: str
) -> list[tuple[str, str, str]]:
    """Entries that agree in one part, else those that do not say it."""
    if not wanted:
        return entries
    equal = [entry for entry in entries if entry[part] == wanted]
    return equal or [entry for entry in entries if not entry[part]]


def address_book(
    buildings: pd.DataFrame, known: pd.DataFrame
) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Index of addresses: (street, number) folded to (postcode, town, building).

    Parameters
    ----------
    buildings
        Table with street, housenumber, postcode, city; index building.
    known
        Addresses table; its column ``building_id`` names the building.
    """
    book: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    owned = known.dropna(subset=["building_id"])
    parts = ["street", "housenumber", "postcode", "city"]
    both = pd.concat([buildings[parts].assign(building_id=buildings.index),
                      owned[[*parts, "building_id"]]])  # fmt: skip
    both = both[both["building_id"].isin(buildings.index)]
    both = both.dropna(subset=["street", "housenumber"]).fillna("")
    for street, numbers, postcode, city, building in both.astype(str).itertuples(index=False):
        name = addresses.fold_street(street)
        entry = (addresses.fold_postcode(postcode), fold(city), building)
        for number in addresses.numbers(numbers):
            if entry not in book[name, number]:
                book[name, number].append(entry)
    return dict(book)


def housed(
    known: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, settings: Mapping[str, float]
) -> gpd.GeoDataFrame:
    """Give addresses that stand in no footprint the one building that is near enough."""
    open_ = known[known["building_id"].isna()].reset_index()
    hits = by_place(open_, buildings, settings)
    near = {open_["id"][row]: names[0] for row, names in hits.items() if len(names) == 1}
    found = known.index.to_series().map(near).astype("str")
    return known.assign(building_id=known["building_id"].fillna(found))


def by_place(
    rows: pd.DataFrame, buildings: gpd.GeoDataFrame, settings: Mapping[str, float]
) -> Hits:
    """Buildings by place: a point in a footprint or the nearest, an outline by overlap.

    Parameters
    ----------
    rows
        Register in the CRS of the buildings; without geometry nothing is found.
    buildings
        Footprints [m].
    settings
        ``place.nearest`` [m], ``place.tie`` [m], ``place.overlap`` [1].
    """
    if "geometry" not in rows or buildings.empty:
        return {}
    shapes = rows["geometry"].to_numpy()
    tree = shapely.STRtree(buildings.geometry.to_numpy())
    names = buildings.index.to_numpy()
    found: Hits = {}
    for row, shape in zip(rows.index, shapes, strict=True):
        if shape is None or shape.is_empty or not np.isfinite(shape.bounds).all():
            continue
        finder = _overlapping if shape.area > 0 else _nearest
        found[int(row)] = tuple(str(names[n]) for n in finder(shape, tree, settings))
    return found


def _nearest(
    shape: shapely.Geometry, tree: shapely.STRtree, settings: Mapping[str, float]
) -> list[int]:
    near = tree.query(shape, predicate="dwithin", distance=settings["place.nearest"])
    if not len(near):
        return []
    distance = shapely.distance(shape, tree.geometries[near])
    least = distance.min()
    tie = settings["place.tie"] if least > 0 else 0.0
    return [int(one) for one in near[distance <= least + tie]]


def _overlapping(
    shape: shapely.Geometry, tree: shapely.STRtree, settings: Mapping[str, float]
) -> list[int]:
    """Footprint that covers most of an outline; all that touch it if none covers enough."""
    near = tree.query(shape, predicate="intersects")
    if not len(near):
        return []
    footprints = tree.geometries[near]
    shared = shapely.area(shapely.intersection(footprints, shape))
    best = int(np.argmax(shared))
    if shared[best] >= settings["place.overlap"] * shape.area:
        return [int(near[best])]
    return [int(one) for one in near[shared > 0]]


def match(
    rows: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    known: pd.DataFrame,
    settings: Mapping[str, float],
) -> pd.DataFrame:
    """Match every row of a register to a building.

    Parameters
    ----------
    rows
        Register in the CRS of the buildings.
    buildings, known
        Buildings and addresses tables of a City; removed buildings are left out.
    settings
        See `by_place`.

    Returns
    -------
    pandas.DataFrame
        Index of `rows`; columns status (matched, unmatched, ambiguous), object_id, candidates
        (ids with spaces between), reason.
    """
    standing = buildings[states.standing(buildings)]
    matchers: dict[str, Callable[[], Hits]] = {
        "OpenStreetMap id": lambda: by_osm_id(rows, standing),
        "register id": lambda: by_register_id(rows, standing),
        "address": lambda: by_address(
            rows, address_book(standing, housed(known, standing, settings))
        ),
        "place": lambda: by_place(rows, standing, settings),
    }
    hits = {name: find() for name, find in matchers.items()}
    heated = set(standing.index[standing["heated"]])
    decided = [_decide(int(row), hits, heated) for row in rows.index]
    names = ["status", "object_id", "candidates", "reason"]
    done = pd.DataFrame(decided, index=rows.index, columns=names, dtype="str")
    lost = rows[(done["status"] == UNMATCHED) & done["reason"].str.contains("by address")]
    hints = pd.Series(street_hints(lost, standing, known, settings), dtype="str")
    done.loc[hints.index, "reason"] += "; " + hints
    return done


def street_hints(
    rows: pd.DataFrame,
    buildings: pd.DataFrame,
    known: pd.DataFrame,
    settings: Mapping[str, float],
) -> dict[int, str]:
    """Tell of addresses that are not known whether the street is, or which one is like it.

    Parameters
    ----------
    rows
        Rows whose address was not found.
    buildings, known
        Tables with column street.
    settings
        ``street.likeness`` [1].
    """
    streets = pd.concat([buildings["street"], known["street"]]).dropna().unique()
    names = {addresses.fold_street(str(street)): str(street) for street in streets}
    hints: dict[int, str] = {}
    seen: dict[str, str] = {}
    for row, address in _addresses(rows):
        if address.street in names:
            hints[row] = "the street is known, the number is not"
            continue
        if address.street not in seen and len(seen) < HINTED:
            near = difflib.get_close_matches(
                address.street, names, 1, cutoff=settings["street.likeness"]
            )
            seen[address.street] = names[near[0]] if near else ""
        if seen.get(address.street):
            hints[row] = f"is it {seen[address.street]}?"
    return hints


def _decide(row: int, hits: Mapping[str, Hits], heated: set[str]) -> tuple[str, str, str, str]:
    """Status, building, candidates and reason of one row."""
    candidates: tuple[str, ...] = ()
    reasons = []
    for name, found in hits.items():
        if row not in found:
            continue
        both = tuple(one for one in candidates if one in found[row])
        reasons.append(_reason(name, len(found[row])))
        if not found[row] or (candidates and not both):
            continue
        candidates = both or found[row]
        main = [one for one in candidates if one in heated]
        if len(candidates) == 1 or len(main) == 1:
            chosen = candidates[0] if len(candidates) == 1 else main[0]
            kind = f"by {name}" if len(candidates) == 1 else f"by {name}, the only heated building"
            return MATCHED, chosen, " ".join(candidates[:SHOWN]), kind
    if candidates:
        return AMBIGUOUS, "", " ".join(candidates[:SHOWN]), "; ".join(reasons)
    return UNMATCHED, "", "", "; ".join(reasons) or "no id, address or place"


def _reason(name: str, count: int) -> str:
    return f"{count} buildings by {name}" if count else f"no building by {name}"


def _texts(rows: pd.DataFrame, column: str) -> Iterable[tuple[int, str]]:
    if column not in rows:
        return []
    given = rows[column].dropna()
    return [(int(row), str(text).strip()) for row, text in given.items()]


def _addresses(rows: pd.DataFrame) -> Iterable[tuple[int, addresses.Address]]:
    """Folded address of every row that has one; separate columns go before the whole text."""
    empty = pd.Series("", index=rows.index, dtype="str")
    if "address" not in rows and DAR_ADDRESS in rows:
        rows = rows.assign(address=rows[DAR_ADDRESS])
    columns = ("street", "housenumber", "postcode", "city", "address")
    parts = [rows[name].fillna("") if name in rows else empty for name in columns]
    for row, *texts in zip(rows.index, *parts, strict=True):
        address = _address(*(str(text) for text in texts))
        if address is not None:
            yield int(row), address


def _address(
    street: str, number: str, postcode: str, city: str, whole: str
) -> addresses.Address | None:
    stated = addresses.parts(street, number, postcode, city)
    if stated.street and stated.number:
        return stated
    found = addresses.parse(whole or street)
    if found is None:
        return None
    return replace(
        found, postcode=stated.postcode or found.postcode, city=stated.city or found.city
    )
