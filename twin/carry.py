"""Carry what the town added to a City over to the objects of a newer extract.

What a register, meter or survey said of an object goes to the object that follows it, with its
source and spread; what OpenStreetMap says now stays beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX
from twin.city import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from twin.city import City

GRADES: Final = ("register", "meter", "sensor", "survey")
"""Grades of values that the town added and no map yields."""

CENSUS: Final = "census"
"""Grade of values shared out from counts of zones."""

BESIDE: Final = "_osm"
REFERENCES: Final[Mapping[str, str]] = {
    "building": "buildings",
    "building_id": "buildings",
    "street": "streets",
    "street_id": "streets",
    "node": "junctions",
    "origin": "zones",
    "destination": "zones",
}
"""Columns of other tables that hold ids, and of what."""


def main_heirs(heirs: pd.DataFrame) -> pd.Series:
    """New id by old id, for objects that are followed by one."""
    main = heirs[heirs["main"]]
    return pd.Series(main["new_id"].to_numpy(), pd.Index(main["old_id"]), dtype="str")


def values(
    name: str,
    new: gpd.GeoDataFrame,
    old: gpd.GeoDataFrame,
    heirs: pd.DataFrame,
    grades: tuple[str, ...] = GRADES,
) -> tuple[gpd.GeoDataFrame, list[dict[str, int | str]]]:
    """Lay what the town added over the objects of a new extract.

    Parameters
    ----------
    name
        Table name.
    new, old
        The table of the new and of the old City.
    heirs
        Columns old_id, new_id and main.
    grades
        Grades of completed values that the town added.

    Returns
    -------
    tuple
        The new table, and per column how many values were carried and how many were lost with
        their object [1]; carried and lost are all that there were.
    """
    follow = main_heirs(heirs)
    done, counts = new.copy(), []
    for column in completed(name):
        if column not in old.columns:
            continue
        given = old.index[old[column + SOURCE_SUFFIX].isin(grades)]
        if len(given):
            to = follow.reindex(given).dropna()
            done = _laid(done, old, column, to)
            counts.append(_count(name, column, len(given), len(to)))
    for column in own_columns(old, new):
        given = old.index[old[column].notna()]
        to = follow.reindex(given).dropna()
        moved = pd.Series(old.loc[to.index, column].array, pd.Index(to))
        done[column] = moved.reindex(done.index).astype(_nullable(old[column]))
        if not column.endswith(SOURCE_SUFFIX):
            counts.append(_count(name, column, len(given), len(to)))
    return done, counts


def _nullable(values: pd.Series) -> str:
    """Type that can be missing: a yes/no or whole number becomes one that can."""
    kind = str(values.dtype)
    return {"int64": "float64", "bool": "str"}.get(kind, kind)


def _count(table: str, column: str, given: int, carried: int) -> dict[str, int | str]:
    return {"table": table, "column": column, "carried": carried, "lost": given - carried}


def completed(name: str) -> list[str]:
    """Columns of a City table that have a source and a spread beside them."""
    names = schema(name).names
    return [column for column in names if column + SOURCE_SUFFIX in names]


def own_columns(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Columns that the town added to a table; what the map said is read anew."""
    return [c for c in old.columns if c not in new.columns and not c.endswith(BESIDE)]


def _laid(
    new: gpd.GeoDataFrame, old: gpd.GeoDataFrame, column: str, to: pd.Series
) -> gpd.GeoDataFrame:
    """One column with the values of old objects (index of `to`) on new ones (its values)."""
    done, source, rows = new.copy(), column + SOURCE_SUFFIX, pd.Index(to)
    mapped = new.loc[rows, source].eq("osm") & new.loc[rows, column].notna()
    fresh = new.loc[rows, column]
    for one in (column, source, column + SPREAD_SUFFIX):
        done.loc[rows, one] = old.loc[to.index, one].to_numpy()
    differs = mapped & (fresh != done.loc[rows, column])
    if differs.any():
        kept = fresh[differs]
        beside = done.get(column + BESIDE, pd.Series(None, done.index, dtype=fresh.dtype))
        done[column + BESIDE] = beside.where(~done.index.isin(kept.index), kept)
    return done


def references(
    name: str, frame: pd.DataFrame, follow: Mapping[str, pd.Series]
) -> tuple[pd.DataFrame, list[dict[str, int | str]]]:
    """Let a table of the town's own point at the objects of the new extract.

    Parameters
    ----------
    name
        Table name.
    frame
        The table; columns `REFERENCES` hold ids.
    follow
        Table name to new id by old id.

    Returns
    -------
    tuple
        The table, and per column how many ids were carried and lost [1]. A reference that is lost
        is empty; where the table does not allow that, the row is left out.
    """
    done, counts = frame.copy(), []
    columns = {column.name: column for column in schema(name).columns}
    for column, table in REFERENCES.items():
        if column not in done or columns.get(column) is None:
            continue
        given = done[column].notna()
        moved = done[column].map(follow[table], na_action="ignore")
        lost = given & moved.isna()
        if not columns[column].nullable:
            done, moved = done[~lost], moved[~lost]
        done[column] = moved.astype(columns[column].dtype)
        counts.append(_count(name, column, int(given.sum()), int((given & ~lost).sum())))
    return done, counts


def zones(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, reach: float) -> pd.Series:
    """New zone by old zone: the one that holds its middle, else the nearest within reach.

    Parameters
    ----------
    old, new
        Zones of both extracts; their names may be the same for other places.
    reach
        How far the nearest zone may lie [m].
    """
    spots = old.geometry.representative_point()
    mine, theirs = new.sindex.nearest(spots, return_all=False, max_distance=reach)
    return pd.Series(new.index.to_numpy()[theirs], old.index[mine], dtype="str")


def directions(stations: pd.DataFrame, heirs: pd.DataFrame) -> pd.DataFrame:
    """Stations whose direction still means the same where their street is drawn the other way.

    Parameters
    ----------
    stations
        Table with columns street (of the old extract) and direction.
    heirs
        Of the streets: columns old_id, main, turned.
    """
    turned = heirs.loc[heirs["main"] & heirs["turned"], "old_id"]
    other = {"forward": "backward", "backward": "forward"}
    meant = stations["direction"].replace(other).astype("str")
    swap = stations["street"].isin(turned)
    return stations.assign(direction=stations["direction"].mask(swap, meant))


def drops(old: pd.DataFrame, origins: list[str], built: frozenset[str]) -> pd.DataFrame:
    """Rows of the drops table that tell of the town's own files.

    Parameters
    ----------
    old
        The drops table.
    origins
        Names of these files; a reason may begin with one.
    built
        Tables that a build makes, whose other losses are told anew.
    """
    told = old["reason"].str.startswith(tuple(f"{one}:" for one in origins))
    return old[told | ~old["table"].isin(built)]


def left_behind(old: City, new: City) -> list[str]:
    """Names of everything that the old City had and the new one has not.

    Parameters
    ----------
    old, new
        The City before and after an update.

    Returns
    -------
    list
        ``table.column``, ``array.variable``, ``parameters.name`` and ``sources.name``. What
        OpenStreetMap said beside a register is read anew and not told.
    """
    names = []
    for table in old:
        before, after = old.table(table), new.table(table)
        gone = [one for one in before if before[one].notna().any() and one not in after]
        names += [f"{table}.{one}" for one in gone if not one.endswith(BESIDE)]
        if len(before) and not len(after):
            names.append(f"{table} ({len(before):,} rows)")
    for table in ("parameters", "sources"):
        lost = old.table(table).index.difference(new.table(table).index)
        names += [f"{table}.{one}" for one in lost]
    for array in old.arrays:
        both = (set(map(str, one.array(array).data_vars)) for one in (old, new))
        names += [f"{array}.{one}" for one in sorted(next(both) - next(both))]
    return names
