"""What changed between two extracts of a place: files, twins, or one of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers import osm
from layers.errors import InputError
from layers.schema import silent
from twin import changes, store, succession
from twin.complete import site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Progress
    from twin.city import City

COMPARED: Final = ("streets", "turns", "buildings", "addresses", "places", "land", "lamps", "stops",
                   "trees", "power", "boundaries")  # fmt: skip
"""Tables of mapped objects; junctions and zones follow from them."""


@dataclass(frozen=True)
class Difference:
    """What changed between two extracts of a place.

    Parameters
    ----------
    old, new
        Names of the files or twins.
    tables
        Table name to one row per object: change, old_id, new_id, how, columns (`twin.changes`).
    heirs
        Table name to all pairs of ids: old_id, new_id, share [1], turned, main, how.
    sizes
        Table name to the objects of the old and of the new extract [1].
    notes
        What to know beside the counts.
    attributions
        Lines that a report must carry.
    """

    old: str
    new: str
    tables: Mapping[str, pd.DataFrame]
    heirs: Mapping[str, pd.DataFrame]
    sizes: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()

    @property
    def counts(self) -> pd.DataFrame:
        """Objects by table and change [1]; old and new are counted in the tables themselves."""
        rows = [
            changes.counts(name, found, self.sizes[name]) for name, found in self.tables.items()
        ]
        return pd.DataFrame(rows).set_index("table")


@dataclass(frozen=True)
class _Extract:
    """One side of a comparison: tables in one metric CRS."""

    name: str
    frames: Mapping[str, gpd.GeoDataFrame]
    attributions: tuple[str, ...]


def difference(old: Mapping[str, gpd.GeoDataFrame], new: Mapping[str, gpd.GeoDataFrame],
               names: tuple[str, str] = ("old", "new"), progress: Progress = silent) -> Difference:  # fmt: skip
    """Compare the mapped tables of two extracts.

    Parameters
    ----------
    old, new
        Table name to table, in one metric CRS.
    names
        What to call them.
    progress
        Called with a stage and the share done [1].
    """
    figures, tables, heirs = succession.rules(), {}, {}
    for number, name in enumerate(COMPARED):
        progress(f"comparing {name}", number / len(COMPARED))
        pairs = succession.heirs(name, old[name], new[name], figures)
        tables[name] = changes.changes(name, old[name], new[name], pairs, figures)
        heirs[name] = _with_ids(pairs, old[name].index, new[name].index)
    sizes = {name: (len(old[name]), len(new[name])) for name in COMPARED}
    return Difference(*names, tables, heirs, sizes, _notes(old, new, tables))


def _with_ids(pairs: pd.DataFrame, old: pd.Index, new: pd.Index) -> pd.DataFrame:
    ids = pairs.assign(old_id=old[pairs["old"]], new_id=new[pairs["new"]])
    ids = ids.sort_values(
        ["old_id", "main", "size", "new_id"], ascending=[True, False, False, True]
    )
    return ids[["old_id", "new_id", "share", "turned", "main", "how"]].reset_index(drop=True)


def _notes(
    old: Mapping[str, gpd.GeoDataFrame],
    new: Mapping[str, gpd.GeoDataFrame],
    tables: Mapping[str, pd.DataFrame],
) -> tuple[str, ...]:
    """Say where the newer extract is smaller, and how far ids could be used."""
    words = []
    reach = shapely.convex_hull(shapely.union_all([
        shapely.box(*new[name].total_bounds) for name in ("streets", "buildings") if len(new[name])
    ]))  # fmt: skip
    for name in ("streets", "buildings"):
        gone = tables[name].loc[tables[name]["change"] == changes.GONE, "old_id"]
        outside = int((~old[name].loc[gone].intersects(reach)).sum())
        if outside:
            words.append(f"{outside:,} {name} that are gone lie outside the newer extract.")
    pairs = pd.concat([tables[name]["how"] for name in ("streets", "buildings")])
    placed, named = int((pairs == "place").sum()), int((pairs == "id").sum())
    if placed > named:
        words.append(
            "Most objects were found again by place, not by id: the ids of one file were given anew."
        )
    return tuple(words)


def compare(old: Path | str, new: Path | str, *, progress: Progress | None = None) -> Difference:
    """Compare two extracts, each an OpenStreetMap file or a twin folder.

    Parameters
    ----------
    old, new
        Paths. A file beside a twin is read within the twin's model area.
    progress
        Called with a stage and the share done [1].

    Raises
    ------
    InputError
        If one cannot be read, or they show different places.
    """
    tell = progress or silent
    cities = [store.open(path) if Path(path).is_dir() else None for path in (old, new)]
    like = next((one for one in cities if one is not None), None)
    sides: list[_Extract] = []
    for number, (path, city) in enumerate(zip((old, new), cities, strict=True)):
        tell(f"reading {Path(path).name}", 0.35 * number)
        sides.append(_of_file(path, like, sides) if city is None else _of_city(path, city, like))
    _refuse_elsewhere(*sides)
    found = difference(
        sides[0].frames,
        sides[1].frames,
        (sides[0].name, sides[1].name),
        lambda stage, share: tell(stage, 0.7 + 0.3 * share),
    )
    lines = dict.fromkeys([*sides[0].attributions, *sides[1].attributions])
    return replace(found, attributions=tuple(lines))


def _of_city(path: Path | str, city: City, like: City | None) -> _Extract:
    crs = city.crs if like is None else like.crs
    frames = {name: _projected(city.table(name), crs) for name in COMPARED}
    return _Extract(Path(path).name, frames, tuple(city.attributions))


def _projected(frame: Any, crs: str) -> gpd.GeoDataFrame:
    return frame.to_crs(crs) if isinstance(frame, gpd.GeoDataFrame) else frame


def _of_file(path: Path | str, like: City | None, before: list[_Extract]) -> _Extract:
    if like is not None:
        area = gpd.GeoSeries([like.model_area], crs=like.crs).to_crs(site.WGS84).iloc[0]
        found, crs = osm.read(path, area), like.crs
    else:
        found = osm.read(path)
        crs = before[0].frames["streets"].crs.to_string() if before else _crs(path, found.tables)
    frames = {name: _projected(found.tables[name], crs) for name in COMPARED}
    return _Extract(Path(path).name, frames, (found.source.attribution,))


def _crs(path: Path | str, frames: Mapping[str, gpd.GeoDataFrame]) -> str:
    hull = site.hull(frames)
    if hull is None:
        advice = "Give a file that covers the place."
        raise InputError(str(path), "", "holds no streets, buildings or other places.", advice)
    country, _ = site.country_of(
        frames["boundaries"], frames["addresses"], hull.centroid.x, hull.centroid.y
    )
    return site.crs_of(hull.centroid.x, hull.centroid.y, country)


def _refuse_elsewhere(old: _Extract, new: _Extract) -> None:
    boxes = [
        shapely.union_all([
            shapely.box(*side.frames[name].total_bounds)
            for name in ("streets", "buildings", "places") if len(side.frames[name])
        ])
        for side in (old, new)
    ]  # fmt: skip
    if not boxes[0].intersects(boxes[1]):
        reason = f"shows another place than {old.name}."
        raise InputError(new.name, "", reason, "Give two extracts of one place.")
