"""What differs between two extracts: each object built, gone, split, merged, retagged or moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers import tables
from layers.tables import SOURCE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.succession import Rules

SAME: Final = "same"
RETAGGED: Final = "retagged"
RESHAPED: Final = "reshaped"
MERGED: Final = "merged"
GONE: Final = "gone"
SPLIT: Final = "split"
NEW: Final = "new"

OF_OLD: Final = (SAME, RETAGGED, RESHAPED, MERGED, GONE)
OF_NEW: Final = (SAME, RETAGGED, RESHAPED, SPLIT, NEW)
"""Changes of which each object of the old, and of the new extract has exactly one."""

KEYS: Final = frozenset(
    {"geometry", "way_id", "from_node", "to_node", "from_street", "to_street", "via_node",
     "building_id", "street_count"}
)  # fmt: skip
"""Columns that hold ids or follow from neighbours: no tag of the object itself."""

OSM: Final = "osm"
HIDING: Final = ("register", "meter", "sensor", "survey", "dsm")
"""Grades of values that were laid over what may have been mapped."""
BESIDE: Final = "_osm"
"""Suffix of columns that keep what OpenStreetMap said beside a register's value."""


def changes(
    name: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, heirs: pd.DataFrame, figures: Rules
) -> pd.DataFrame:
    """One row for each object of either extract, pairs of one object in one row.

    Parameters
    ----------
    name
        Table name.
    old, new
        The table in both extracts, in one metric CRS.
    heirs
        As `twin.succession.heirs` gives them.
    figures
        Distances and shares.

    Returns
    -------
    DataFrame
        Columns change, old_id, new_id, how (id, place or empty), columns (those that changed).
        A row of a merged object names the one that it went into, of a split one its origin.
    """
    main = heirs[heirs["main"]]
    told = columns_changed(name, old, new, main)
    moved = _moved(old, new, main, figures)
    change = np.where(told != "", RETAGGED, np.where(moved, RESHAPED, SAME))
    listed = pd.Series(told).where(~moved, [f"{one} geometry".strip() for one in told])
    parts = [
        _rows(change, old.index[main["old"]], new.index[main["new"]], main["how"], listed),
        *_without_partner(old, new, heirs, main),
    ]
    frame = pd.concat(parts, ignore_index=True)
    order = frame["old_id"].fillna("") + "\0" + frame["new_id"].fillna("")
    return frame.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _without_partner(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, heirs: pd.DataFrame, main: pd.DataFrame
) -> list[pd.DataFrame]:
    """Rows of merged and gone, split and new objects."""
    side = heirs[~heirs["main"]]
    side = side.assign(
        size=-side["size"].round(6), a=old.index[side["old"]], b=new.index[side["new"]]
    )
    side = side.sort_values(["size", "a", "b"], kind="stable")
    merged = side[~side["old"].isin(main["old"])].drop_duplicates("old")
    split = side[~side["new"].isin(main["new"])].drop_duplicates("new")
    gone = np.setdiff1d(np.arange(len(old)), heirs["old"])
    born = np.setdiff1d(np.arange(len(new)), heirs["new"])
    return [
        _rows(MERGED, old.index[merged["old"]], new.index[merged["new"]], merged["how"], ""),
        _rows(SPLIT, old.index[split["old"]], new.index[split["new"]], split["how"], ""),
        _rows(GONE, old.index[gone], [None] * len(gone), "", ""),
        _rows(NEW, [None] * len(born), new.index[born], "", ""),
    ]


def _rows(
    change: str | NDArray[np.str_],
    old: pd.Index | Sequence[None],
    new: pd.Index | Sequence[None],
    how: str | pd.Series,
    columns: str | pd.Series,
) -> pd.DataFrame:
    frame = pd.DataFrame({"change": change}, index=range(len(old)))
    frame["old_id"] = pd.Series(list(old), dtype="object")
    frame["new_id"] = pd.Series(list(new), dtype="object")
    frame["how"] = how if isinstance(how, str) else how.to_numpy()
    frame["columns"] = columns if isinstance(columns, str) else columns.to_numpy()
    return frame.astype("str")


def columns_changed(
    name: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, main: pd.DataFrame
) -> NDArray[np.object_]:
    """Names of the tags that differ for each pair, with spaces between them; empty if none.

    Only what was mapped is compared: an estimate is no tag, and a register's value hides one.
    """
    found = np.full(len(main), "", dtype=object)
    for column in tables.schema(name).columns:
        if column.name in KEYS or column.name not in old or column.name not in new:
            continue
        before, known = _mapped(old, column.name)
        after, also = _mapped(new, _facing(column.name))
        plain, _ = _mapped(new, column.name)
        turned = main["turned"].to_numpy(dtype=bool)
        first, mine, theirs = before[main["old"]], main["old"], main["new"]
        second = np.where(turned, after[theirs], plain[theirs])
        differs = ~((first == second) | (pd.isna(first) & pd.isna(second)))
        differs &= known[mine] & also[theirs]
        found[differs] = [f"{one} {column.name}".strip() for one in found[differs]]
    return found


def _facing(column: str) -> str:
    """The column that says the same of a line drawn the other way round."""
    if column.endswith("_forward"):
        return column.replace("_forward", "_backward")
    return column.replace("_backward", "_forward")


def _mapped(frame: gpd.GeoDataFrame, column: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Values as mapped, None where nothing was, and whether that is known."""
    values = frame[column].astype("object")
    known = np.ones(len(frame), dtype=bool)
    if column + SOURCE_SUFFIX in frame:
        source = frame[column + SOURCE_SUFFIX]
        known = ~source.isin(HIDING).to_numpy(dtype=bool)
        values = values.where(source.eq(OSM).fillna(value=False), None)
        if column + BESIDE in frame:
            beside = frame[column + BESIDE].astype("object")
            known = known | beside.notna().to_numpy(dtype=bool)
            values = values.where(beside.isna(), beside)
    return values.to_numpy(), known


def _moved(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, main: pd.DataFrame, figures: Rules
) -> NDArray[np.bool_]:
    """Whether the place or outline of each pair differs by more than drawing accuracy."""
    if "geometry" not in old.columns:
        return np.zeros(len(main), dtype=bool)
    before = np.asarray(old["geometry"].array, dtype=object)[main["old"]]
    after = np.asarray(new["geometry"].array, dtype=object)[main["new"]]
    areas = (shapely.get_dimensions(before) == 2) & (shapely.get_dimensions(after) == 2)  # noqa: PLR2004 - a polygon has two dimensions
    moved = np.asarray(shapely.hausdorff_distance(before, after) > figures.same_distance)
    some = areas & moved
    first, second = shapely.make_valid(before[some]), shapely.make_valid(after[some])
    differ = shapely.area(shapely.symmetric_difference(first, second))
    moved[some] = differ > figures.same_area * shapely.area(shapely.union(first, second))
    return moved


def counts(name: str, found: pd.DataFrame, sizes: tuple[int, int]) -> dict[str, int | str]:
    """How many objects of a table changed in which way [1].

    Parameters
    ----------
    name
        Table name.
    found
        As `changes` returns it.
    sizes
        Objects of the old and of the new table [1], counted there.
    """
    number = found["change"].value_counts()
    each = {change: int(number.get(change, 0)) for change in dict.fromkeys(OF_OLD + OF_NEW)}
    return {
        "table": name,
        "old": sizes[0],
        "new": sizes[1],
        "same": each[SAME],
        "retagged": each[RETAGGED],
        "reshaped": each[RESHAPED],
        "merged": each[MERGED],
        "gone": each[GONE],
        "split": each[SPLIT],
        "built": each[NEW],
    }
