"""Keep a City current: what changed between two extracts, and a City on the newer one.

`compare` tells what was built, went, was split, merged, retagged or reshaped. `update` builds the
City anew from the newer file and carries over what the town added: values of registers and meters,
points, stations, weather, parameters. Scenario files follow their objects (`twin.repoint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers import osm
from layers.errors import InputError
from layers.schema import silent
from twin import build, carry, changes, repoint, store, succession
from twin.city import TABLES, City
from twin.complete import site
from twin.renewal import completed_anew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Progress
    from twin.repoint import Repointed

COMPARED: Final = ("streets", "turns", "buildings", "addresses", "places", "land", "lamps", "stops",
                   "trees", "power", "boundaries")  # fmt: skip
"""Tables of mapped objects; junctions and zones follow from them."""

BUILT: Final = frozenset(
    {*COMPARED, "junctions", "zones", "weather", "sources", "drops", "parameters"}
)
"""Tables that a build makes; all others hold what the town added."""

WEATHER: Final = "weather"


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
    notes
        What to know beside the counts.
    attributions
        Lines that a report must carry.
    """

    old: str
    new: str
    tables: Mapping[str, pd.DataFrame]
    heirs: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()

    @property
    def counts(self) -> pd.DataFrame:
        """Objects by table and change [1]; old and new are the exact sums of theirs."""
        rows = [changes.counts(name, found) for name, found in self.tables.items()]
        return pd.DataFrame(rows).set_index("table")


@dataclass(frozen=True)
class Updated:
    """A City on a newer extract.

    Parameters
    ----------
    city
        The new City.
    difference
        What changed.
    carried
        What the town added: columns table, column, carried, lost [1].
    """

    city: City
    difference: Difference
    carried: pd.DataFrame


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
    return Difference(*names, tables, heirs, _notes(old, new, tables))


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
    return Difference(found.old, found.new, found.tables, found.heirs, found.notes, tuple(lines))


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


def update(
    city: City,
    path: Path | str,
    *,
    year: int | None = None,
    population: float | None = None,
    progress: Progress | None = None,
) -> Updated:
    """Build a City anew from a newer file and carry over what the town added.

    Name, boundary, ring, country and CRS stay; a boundary that was the hull of the data becomes
    that of the newer data.

    Parameters
    ----------
    city
        The City; it stays as it is.
    path
        Newer OpenStreetMap file.
    year
        Base year [a]; default: the year of the file.
    population
        Residents inside the boundary [people]; default: what was given for the old City, else as
        in `twin.build.from_osm`.
    progress
        Called with a stage and the share done [1].

    Raises
    ------
    InputError
        If the file cannot be used or shows another place.
    """
    tell = progress or silent
    built = build.from_osm(
        path,
        year=year,
        progress=lambda stage, share: tell(stage, 0.7 * share),
        **_wishes(city, population),
    )
    frames = [{name: one.table(name) for name in COMPARED} for one in (city, built)]
    found = difference(frames[0], frames[1], _dated(city, built, path),
                       lambda stage, share: tell(stage, 0.7 + 0.2 * share))  # fmt: skip
    tell("carrying over what was added", 0.9)
    made, carried = _carried(city, built, found)
    notes = (*found.notes, *_warnings(city, made))
    told = Difference(
        found.old, found.new, found.tables, found.heirs, notes, tuple(made.attributions)
    )
    return Updated(
        made, told, pd.DataFrame(carried, columns=["table", "column", "carried", "lost"])
    )


def _wishes(city: City, population: float | None) -> dict[str, Any]:
    """Facts of the old City that the new one keeps."""
    rows = city.parameters
    chosen = rows["source"].to_dict()
    people = population
    if people is None and chosen.get("people.total") == "survey":
        people = float(rows.loc["people.total", "value"])
    area = gpd.GeoSeries([city.boundary], crs=city.crs).to_crs(site.WGS84).iloc[0]
    buffer = rows["value"].get("model_area.buffer")
    return {
        "name": city.name,
        "boundary": None if chosen.get("boundary") == "default" else area,
        "buffer": city.boundary.hausdorff_distance(city.model_area)
        if buffer is None else float(buffer),
        "country": city.country,
        "crs": city.crs,
        "population": people,
    }  # fmt: skip


def _dated(city: City, built: City, path: Path | str) -> tuple[str, str]:
    old = city.sources["origin"].get("osm", city.name)
    return str(old), str(built.sources["origin"].get("osm", Path(path).name))


def _warnings(old: City, new: City) -> list[str]:
    dates = [str(one.sources["reference_date"].get("osm", "")) for one in (old, new)]
    if dates[0] and dates[1] and dates[1] < dates[0]:
        return [f"The newer file describes {dates[1]}, which is before {dates[0]}."]
    return []


def _carried(old: City, built: City, found: Difference) -> tuple[City, list[dict[str, Any]]]:
    """The built City with what the town added, and what became of each added column."""
    follow = {name: carry.main_heirs(heirs) for name, heirs in found.heirs.items()}
    frames: dict[str, Any] = {}
    counts: list[dict[str, Any]] = []
    for name in COMPARED:
        frame, rows = carry.values(name, built.table(name), old.table(name), found.heirs[name])
        if rows:
            frames[name] = frame
        counts += rows
    for name in TABLES:
        table = old.table(name)
        if name in BUILT or table.empty:
            continue
        frames[name], rows = carry.references(name, table, follow)
        counts += rows
    made = built.replace(
        **frames, **_facts(old, built), **{name: old.array(name) for name in old.arrays}
    )
    if any(row["table"] == "buildings" for row in counts):
        made = completed_anew(made, made.buildings)
    return made, counts


def _facts(old: City, built: City) -> dict[str, pd.DataFrame]:
    """Sources, drops, weather and parameters of the new City."""
    before, after = old.sources, built.sources
    added = before[before.index != "osm"]
    kept = pd.concat([after[~after.index.isin(added.index)], added])
    origins = [str(one) for one in added["origin"]]
    lost = pd.concat([built.drops, carry.drops(old.drops, origins)], ignore_index=True)
    lost.index = pd.RangeIndex(len(lost), name="id").astype("int64")
    facts = {"sources": kept, "drops": lost, "parameters": _parameters(old, built)}
    return facts if old.weather.empty else facts | {WEATHER: old.weather}


def _parameters(old: City, built: City) -> pd.DataFrame:
    """Parameters of the build, with those of the town, of the weather, and where it came from."""
    before, after = old.parameters, built.parameters
    ours = ~before.index.isin(after.index) & before.apply(carry.is_added, axis=1).astype(bool)
    climate = before.index.str.startswith(WEATHER)
    kept = before[ours | climate]
    source = old.sources.loc["osm"] if "osm" in old.sources.index else None
    told = "" if source is None else f"{source['origin']} ({source['reference_date']})"
    note = pd.DataFrame(
        {"value": [told], "unit": [""], "source": ["osm"]}, index=["update.previous"]
    )
    rest = after[~after.index.isin([*kept.index, "update.previous"])]
    both = pd.concat([rest, kept, note.astype("str")])
    return both.rename_axis(after.index.name)


def scenarios(path: Path | str, found: Difference) -> dict[str, Repointed]:
    """Let the scenarios of a twin folder follow their objects; each old text is kept beside.

    Parameters
    ----------
    path
        The twin folder, on the newer extract already.
    found
        What changed.

    Returns
    -------
    dict
        Name of each scenario that lists ids to what became of it.
    """
    done = {}
    for name in store.scenarios(path):
        text = store.scenario_file(path, name).read_text(encoding="utf-8")
        followed = repoint.repointed(text, found.heirs, f"{name}.yaml")
        if followed.text != text:
            store.save_scenario(path, _free(path, name), text)
            store.save_scenario(path, name, followed.text)
        if followed.followed or followed.orphans:
            done[name] = followed
    return done


def _free(path: Path | str, name: str) -> str:
    """A free name for the text of a scenario before an update."""
    taken, stem = set(store.scenarios(path)), f"{name[:40]}.before"
    names = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)
