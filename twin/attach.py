"""Add what a town hall really has to a City: registers of buildings, points with values.

A register goes before the map: what it says of a building replaces the completed value, graded
``register``, and what OpenStreetMap said stays beside it in ``<column>_osm``. Everything that is
estimated from it is completed anew. Rows that cannot be matched are written to a table that the
user corrects and attaches again.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import headers, tables
from layers.errors import InputError
from layers.texts import fold, quote_formula
from twin import areas, entries, folder, known_travel, matching, position, spots
from twin.correction import corrected, text_of
from twin.matching import AMBIGUOUS, MATCHED, UNMATCHED
from twin.overlay import combine, completed_columns, overlay, point_values
from twin.renewal import completed_anew
from twin.wiring import wired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.registers import Register
    from twin.city import City

REGISTER_ID: Final = "register_id"
FACTS: Final = ["status", "object_id", "candidates", "reason"]


@dataclass(frozen=True)
class Attached:
    """A City with a register attached, and what became of every row.

    Parameters
    ----------
    city
        The new City; the old one if no row matched.
    matches
        Index row; columns status (matched, unmatched, ambiguous), object_id, candidates, reason
        and the register's own key columns.
    quality
        Figures for the report: rows, matched, unmatched, ambiguous, objects, and per column how
        many values were set and how many differ from OpenStreetMap [1].
    notes
        What was understood, left out or worked out anew, in plain sentences.
    """

    city: City
    matches: pd.DataFrame
    quality: Mapping[str, Any]
    notes: tuple[str, ...]


def attach(
    city: City,
    register: Register,
    *,
    column: str | None = None,
    corrections: Path | str | None = None,
) -> Attached:
    """Attach a register to a City.

    Parameters
    ----------
    city
        The City; it stays as it is.
    register
        As `layers.registers.read` returns it.
    column
        For points with values: name of the building column that receives the values, with its
        unit at the end (``meter_kwh``). Without it they become rows of the points table.
    corrections
        The matches table of an earlier run, object_id filled in by the user.

    Raises
    ------
    InputError
        If the places miss the City, or the corrections name unknown rows or objects; all faults
        at once.
    """
    settings, kind = _settings(), headers.kind(register.kind)
    if column is not None and register.kind != "points":
        raise InputError(register.source.origin, f"column {column[:64]}",
                         f"A register of kind {register.kind} has columns of its own.",
                         "Leave --column out; it is for points with values.")  # fmt: skip
    if register.kind in known_travel.KINDS:
        return _travelled(city, register, settings)
    frame, notes = _moved(city, register, settings)
    to_points = kind.table == "points" and column is None
    areal = areas.outlined(frame, register.kind)
    matches = _matches(city, register, frame, settings)
    if to_points:
        matches = _placed(city, register, frame, matches)
    else:
        matches = _twice_said(register, frame, matches, areal)
    if corrections is not None:
        matches = corrected(matches, _keys(register), corrections, city.buildings.index)
    inside = areas.owners(frame[areal], register.kind, city.buildings)
    matches = areas.told(matches, frame.index[areal], inside)
    rows = None
    if kind.table not in {"buildings", "points"}:
        rows, matches = entries.rows_of(city, register.kind, register.frame, matches)
    table = matches.join(_keys(register))
    name = _source_name(city, register)
    if not (matches["status"] == MATCHED).any():
        return Attached(city, table, _counts(matches), (*register.notes, *notes, "No row matched."))
    figures: dict[str, Any] = {}
    more: tuple[str, ...] = ()
    if rows is not None:
        changed = entries.with_rows(city, kind.table, rows[matches["status"] == MATCHED], name)
    elif to_points:
        changed = wired(spots.with_points(city, register.kind, frame, matches, name))
    else:
        changed, figures, more = _with_values(city, register, matches, inside, column)
    changed = _with_source(changed, register, matches, name)
    quality = _counts(matches, inside) | figures
    return Attached(changed, table, quality, (*register.notes, *notes, *more))


def _travelled(city: City, register: Register, settings: Mapping[str, float]) -> Attached:
    """Attach what belongs to no building: counts at gateways, commuters, targets of a survey."""
    name = _source_name(city, register)
    changed, matches, notes = known_travel.attach(
        city, register.kind, register.frame, name, settings
    )
    table = matches.join(_keys(register))
    if not (matches["status"] == MATCHED).any():
        return Attached(city, table, _counts(matches), (*register.notes, "No row matched."))
    changed = _with_source(changed, register, matches, name)
    return Attached(changed, table, _counts(matches), (*register.notes, *notes))


def _matches(
    city: City, register: Register, frame: pd.DataFrame, settings: Mapping[str, float]
) -> pd.DataFrame:
    """Matches of rows to buildings; of a list that belongs to no object, every row matches."""
    if headers.kind(register.kind).match == "none":
        facts = {
            "status": MATCHED,
            "object_id": "",
            "candidates": "",
            "reason": "for the whole City",
        }
        return pd.DataFrame(facts, index=frame.index, dtype="str")
    return matching.match(frame, city.buildings, city.addresses, settings)


def _settings() -> dict[str, float]:
    rows = tables.load("attach", "twin.data")
    return dict(zip(rows["name"].astype(str), rows["value"].astype(float), strict=True))


def _moved(
    city: City, register: Register, settings: Mapping[str, float]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Register in the CRS of the City, after its places were compared with the City."""
    frame = register.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame, ()
    kind = headers.kind(register.kind)
    if areas.outlined(frame, register.kind).all():
        return _touching(city, register, frame.to_crs(city.crs)), ()
    objects = np.concatenate([
        city.buildings.geometry.to_numpy(),
        city.streets.geometry.to_numpy() if kind.table == "points" else [],
    ])  # fmt: skip
    ground = position.Ground(city.crs, objects, city.model_area)
    notes = position.check(register.source.origin, frame, ground, settings)
    return frame.to_crs(city.crs), notes


def _touching(city: City, register: Register, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outlines, of which at least one must touch the model area."""
    if frame.geometry.notna().any() and not frame.geometry.intersects(city.model_area).any():
        raise InputError(register.source.origin, "", "None of its outlines touches the City.",
                         "Name its coordinate system (--crs EPSG:number), or --swap.")  # fmt: skip
    return frame


def _keys(register: Register) -> pd.DataFrame:
    fields = headers.fields(register.kind)
    return register.frame[[c for c in register.frame if c in fields and fields[c].role == "key"]]


def _twice_said(
    register: Register, frame: pd.DataFrame, matches: pd.DataFrame, areal: pd.Series
) -> pd.DataFrame:
    """Mark rows of one key that say different things as ambiguous: which one holds is not known."""
    fields = headers.fields(register.kind)
    parts = [c for c in register.frame if c in fields and fields[c].role == "part"]
    keys = _keys(register)
    told = keys.notna().any(axis=1) & (matches["status"] == MATCHED) & ~areal
    keys = keys.join(register.frame[parts])
    if not told.any():
        return matches
    place = frame.geometry.to_wkb(hex=True) if isinstance(frame, gpd.GeoDataFrame) else None
    texts = keys.assign(place=place)[told].astype("str").fillna("")
    same = texts.iloc[:, 0].str.cat(texts.iloc[:, 1:], sep="\0")
    twice = same[same.duplicated(keep=False)]
    done = matches.copy()
    for rows in twice.groupby(twice).groups.values():
        done.loc[rows, "candidates"] = done.loc[rows, "object_id"]
        done.loc[rows, "status"] = AMBIGUOUS
        done.loc[rows, "object_id"] = ""
        done.loc[rows, "reason"] = "the same key in rows " + ", ".join(
            str(row) for row in rows[:10]
        )
    return done


def _placed(
    city: City, register: Register, frame: pd.DataFrame, matches: pd.DataFrame
) -> pd.DataFrame:
    """Matches of points: a point matches if it has a place in the model area of the City."""
    done = matches.copy()
    if isinstance(frame, gpd.GeoDataFrame):
        located = frame.geometry.notna()
        within = located & frame.geometry.within(city.model_area)
        done.loc[within, ["status", "reason"]] = [MATCHED, "by place"]
        done.loc[located & ~within, FACTS] = [UNMATCHED, "", "", "outside the model area"]
    rows = done["status"] == MATCHED
    name = _source_name(city, register)
    done.loc[rows, "candidates"] = done.loc[rows, "object_id"]
    done.loc[rows, "object_id"] = [f"{name}:{row}" for row in done.index[rows]]
    return done


def _with_values(
    city: City,
    register: Register,
    matches: pd.DataFrame,
    inside: pd.Series,
    column: str | None,
) -> tuple[City, dict[str, Any], tuple[str, ...]]:
    """City whose buildings carry the register's values, completed anew."""
    single = matches["status"].eq(MATCHED) & matches["object_id"].ne("")
    owners = pd.concat([matches.loc[single, "object_id"], inside])
    frame = register.frame.loc[owners.index].reset_index(drop=True)
    owners = owners.reset_index(drop=True)
    kind = headers.kind(register.kind)
    if kind.table == "points":
        values, notes = point_values(frame, owners, str(column), register.source.origin)
    else:
        values, notes = combine(frame, owners, register.kind)
    houses, figures = overlay(city.buildings, values, kind.grade)
    if "id" in frame:
        houses = _remember(houses, frame["id"], owners)
    if values.columns.isin(completed_columns()).any():
        return completed_anew(city, houses), figures, notes
    return city.replace(buildings=houses), figures, notes


def _remember(houses: gpd.GeoDataFrame, ids: pd.Series, owners: pd.Series) -> gpd.GeoDataFrame:
    """Keep the ids of registers on the buildings, so that the next file needs no addresses."""
    known = ids.dropna().astype(str)
    old = houses.get(REGISTER_ID, pd.Series(None, houses.index, dtype="str"))
    before = old.dropna().astype(str)
    named = pd.concat([before.set_axis(before.index), known.set_axis(owners[known.index])])
    joined = named.groupby(level=0).agg(
        lambda names: ";".join(dict.fromkeys(";".join(names).split(";")))
    )
    return houses.assign(**{REGISTER_ID: joined.reindex(houses.index).astype("str")})


def _source_name(city: City, register: Register) -> str:
    """Row of the sources table: the file's own if it was attached before, else a free name."""
    stem = re.sub(r"[^a-z0-9]+", "-", fold_words(Path(register.source.origin).stem)).strip("-")
    base, sources = stem[:48] or "register", city.sources
    same = sources.index[sources["digest"].eq(register.source.digest)]
    if len(same):
        return str(same[0])
    taken = set(sources.index)
    names = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def fold_words(text: str) -> str:
    """Fold each word of a text, keeping the gaps between them."""
    return " ".join(fold(word) for word in re.split(r"[\W_]+", text))


def _with_source(city: City, register: Register, matches: pd.DataFrame, name: str) -> City:
    """City whose sources table counts the register's rows: kept ones matched an object."""
    kept = int((matches["status"] == MATCHED).sum())
    source = replace(register.source, rows_kept=kept, rows_refused=register.source.rows_in - kept)
    row = pd.DataFrame([vars(source)], index=pd.Index([name], dtype="str", name="id"))
    row = row.astype({c: "str" for c in row if not c.startswith("rows_")})
    old = city.sources
    return city.replace(
        sources=pd.concat([old[old.index != name], row[old.columns]]),
        drops=_drops(city.drops, register, matches),
    )


def _drops(old: pd.DataFrame, register: Register, matches: pd.DataFrame) -> pd.DataFrame:
    lost = matches[matches["status"] != MATCHED]
    rows = register.drops.to_dict("records") + [
        {"table": register.kind, "reason": f"{register.source.origin}: {status}",
         "count": len(part), "examples": " ".join(f"row {row}" for row in part.index[:5])}
        for status, part in lost.groupby("status")
    ]  # fmt: skip
    if not rows:
        return old
    new = pd.DataFrame(rows).astype(old.dtypes.to_dict())
    both = pd.concat([old, new], ignore_index=True).drop_duplicates(
        ["table", "reason"], keep="last"
    )
    return both.reset_index(drop=True).rename_axis(old.index.name)


def _counts(matches: pd.DataFrame, inside: pd.Series | None = None) -> dict[str, Any]:
    """Rows by status, and the objects that they reach [1]."""
    single = matches.loc[matches["status"].eq(MATCHED), "object_id"]
    reached = set(single) - {""} | set(inside if inside is not None else ())
    counts = matches["status"].value_counts()
    return {"rows": len(matches)} | {
        status: int(counts.get(status, 0)) for status in (MATCHED, UNMATCHED, AMBIGUOUS)
    } | {"objects": len(reached)}  # fmt: skip


def write_matches(attached: Attached, path: Path | str) -> Path:
    """Write the matches as a CSV to correct in a spreadsheet and attach again.

    Semicolons and a byte order mark, so that spreadsheets open it as it is; text that would run as
    a formula is quoted.

    Parameters
    ----------
    attached
        Result of `attach`.
    path
        File to write; an existing one is replaced when all is written.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    target = Path(path)
    rows = attached.matches.sort_values("status", key=_worst_first, kind="stable").reset_index()
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(rows.columns)
    writer.writerows(
        [quote_formula(text_of(cell)) for cell in row] for row in rows.itertuples(index=False)
    )
    with folder.plain_errors(target, "Name another file, or check the folder."):
        folder.write(target, stream.getvalue().encode("utf-8-sig"))
    return target


def _worst_first(status: pd.Series) -> pd.Series:
    return status.map({AMBIGUOUS: 0, UNMATCHED: 1, MATCHED: 2})


def _shows_unit(field: headers.Field) -> bool:
    return (
        field.dtype == "float64" and not field.unit_needed and field.unit not in {"CRS", "deg", "1"}
    )


def template(kind: str, path: Path | str) -> Path:
    """Write an empty sheet of a kind of register: headers with units, and an example row.

    Parameters
    ----------
    kind
        Kind of register.
    path
        CSV file to write; it must not be there yet.

    Raises
    ------
    InputError
        If there is no such kind, or the file is there already.
    """
    target = Path(path)
    fields = [field for field in headers.fields(kind).values() if field.role != "derived"]
    names = [f"{f.column} [{f.unit}]" if _shows_unit(f) else f.column for f in fields]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerows([["# " + f.description for f in fields], names,
                              [f.example for f in fields]])  # fmt: skip
    except FileExistsError as error:
        raise InputError(target.name, "", "This file is there already.",
                         "Name another with -o.") from error  # fmt: skip
    except OSError as error:
        raise InputError(target.name, "", "It cannot be written.", "Check the folder.") from error
    return target
