"""Keep a City current: build it anew from a newer extract and carry over what the town added.

Values of registers and meters, counts of the census, points, stations and their readings, timetables,
terrain, weather and parameters come along (`twin.carry`); scenario files follow their objects
(`twin.repoint`). What cannot come along is told by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from layers.schema import silent
from twin import build, carry, document, folder, repoint, store, succession
from twin import counted as sharing
from twin.city import TABLES, City
from twin.comparison import COMPARED, Difference, difference
from twin.complete import site
from twin.ground import derived
from twin.mobility import bus_ways
from twin.renewal import completed_anew
from twin.wiring import wired

if TYPE_CHECKING:
    from layers.schema import Progress
    from twin.repoint import Repointed

BUILT: Final = frozenset(
    {*COMPARED, "junctions", "zones", "weather", "sources", "drops", "parameters"}
)
"""Tables that a build makes; all others hold what the town added."""

RIGHTS: Final = ("bus_forward", "bus_backward")
"""Columns of streets that a timetable brings; they follow from the newer map."""

WEATHER: Final = "weather"
STATIONS: Final = "stations"
PREVIOUS: Final = "update.previous"
"""Parameter that names the extract before."""
UNKNOWN: Final = ("people.total",)
"""Parameters that a build leaves out where the newer extract does not know them."""

WISHED: Final = ("boundary", "model_area.buffer", "country", "crs")
"""Parameters that an update keeps, as they were once chosen."""

HULL: Final = "default"
"""Source of a boundary that is the hull of the data, which is that of the newer data."""


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
    left
        Names of what the old City had and the new one has not.
    """

    city: City
    difference: Difference
    carried: pd.DataFrame
    left: tuple[str, ...] = ()


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
    built = derived(built.replace(**{name: city.array(name) for name in city.arrays}))
    frames = [{name: one.table(name) for name in COMPARED} for one in (city, built)]
    found = difference(frames[0], frames[1], _dated(city, built, path),
                       lambda stage, share: tell(stage, 0.7 + 0.2 * share))  # fmt: skip
    tell("carrying over what was added", 0.9)
    made, carried = _carried(city, built, found)
    made, shared = _shared(city, made)
    left = tuple(carry.left_behind(city, made))
    notes = (*found.notes, *_warnings(city, made), *shared, *_told(left))
    told = replace(found, notes=notes, attributions=tuple(made.attributions))
    counts = pd.DataFrame(carried, columns=["table", "column", "carried", "lost"])
    return Updated(made.replace(readings=city.readings), told, counts, left)


def _made_anew(old: City, built: City) -> dict[str, pd.Series]:
    """New id by old id of junctions and zones, which no table of changes tells."""
    figures = succession.rules()
    pairs = succession.heirs("junctions", old.junctions, built.junctions, figures)
    main = pairs[pairs["main"]]
    nodes = built.junctions.index.to_numpy()[main["new"]]
    gates = pd.Series(old.gateways.index, old.gateways.index, dtype="str")
    zones = carry.zones(old.zones, built.zones, figures.reach)
    return {
        "junctions": pd.Series(nodes, old.junctions.index[main["old"]]),
        "zones": pd.concat([zones, gates]),  # trips may begin at a gateway, which keeps its name
    }


def _shared(old: City, made: City) -> tuple[City, tuple[str, ...]]:
    """City whose buildings have their part of the census anew, and what became of the counts."""
    if len(made.census):
        done = sharing.share(made)
        return done.city, tuple(done.lines)
    counted = old.buildings["people_source"].eq(carry.CENSUS) | old.buildings["jobs_source"].eq(
        carry.CENSUS
    )
    note = (
        "The twin does not hold the zones of its census: buildings keep what they had, new ones are "
        "estimated. Give the file of the census again to share it out anew."
    )
    return made, (note,) if counted.any() else ()


def _told(left: tuple[str, ...]) -> tuple[str, ...]:
    return (f"Not carried over: {', '.join(left)}.",) if left else ()


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
    follow |= _made_anew(old, built)
    frames: dict[str, Any] = {}
    counts: list[dict[str, Any]] = []
    grades = carry.GRADES if len(old.census) else (*carry.GRADES, carry.CENSUS)
    for name in COMPARED:
        before = old.table(name)
        if name == "streets":
            before = before.drop(columns=list(RIGHTS), errors="ignore")
        frame, rows = carry.values(name, built.table(name), before, found.heirs[name], grades)
        if rows:
            frames[name] = frame
        counts += rows
    for name in TABLES:
        table = old.table(name)
        if name in BUILT or table.empty:
            continue
        if name == STATIONS:
            table = carry.directions(table, found.heirs["streets"])
        frames[name], rows = carry.references(name, _placed(table, built), follow)
        counts += rows
    made = built.replace(**frames, **_facts(old, built))
    if set(RIGHTS) <= set(old.streets.columns):
        made = made.replace(streets=made.streets.assign(**bus_ways.rights(made.streets)))
    if any(row["table"] == "buildings" for row in counts):
        made = completed_anew(made, made.buildings)
    return wired(made), counts


def _placed(table: pd.DataFrame, built: City) -> pd.DataFrame:
    """A table of the town's own, told apart by the boundary of the new City."""
    if "geometry" not in table or "inside" not in table:
        return table
    known = table.geometry.notna()
    inside = table["inside"].copy()
    inside[known] = site.inside(table[known], built.boundary)
    return table.assign(inside=inside)


def _facts(old: City, built: City) -> dict[str, pd.DataFrame]:
    """Sources, drops, weather and parameters of the new City."""
    before, after = old.sources, built.sources
    added = before[before.index != "osm"]
    kept = pd.concat([after[~after.index.isin(added.index)], added])
    origins = [str(one) for one in added["origin"]]
    known = carry.drops(old.drops, origins, frozenset({*COMPARED, *BUILT, "all"}))
    lost = pd.concat([built.drops, known], ignore_index=True).drop_duplicates(["table", "reason"])
    lost.index = pd.RangeIndex(len(lost), name="id").astype("int64")
    facts = {"sources": kept, "drops": lost, "parameters": _parameters(old, built)}
    return facts if old.weather.empty else facts | {WEATHER: old.weather}


def _parameters(old: City, built: City) -> pd.DataFrame:
    """Parameters of the build, with those of the town, of the weather, and where it came from."""
    before, after = old.parameters, built.parameters
    ours = ~before.index.isin([*after.index, *UNKNOWN]) | before.index.str.startswith(WEATHER)
    chosen = [one for one in WISHED if before["source"].get(one) != HULL or one != "boundary"]
    ours |= before.index.isin(chosen)
    kept = before[ours & (before.index != PREVIOUS)]
    source = old.sources.loc["osm"] if "osm" in old.sources.index else None
    told = "" if source is None else f"{source['origin']} ({source['reference_date']})"
    note = pd.DataFrame({"value": [told], "unit": [""], "source": ["osm"]}, index=[PREVIOUS])
    rest = after[~after.index.isin(kept.index)]
    return pd.concat([rest, kept, note.astype("str")]).rename_axis(after.index.name)


def scenarios(path: Path | str, found: Difference) -> tuple[dict[str, str], dict[str, Repointed]]:
    """Let the scenarios of a twin folder follow their objects; nothing is written.

    Parameters
    ----------
    path
        The twin folder, on the older extract.
    found
        What changed.

    Returns
    -------
    tuple
        Name to text of the files to save together with the new City, each old text under a name of
        its own beside; and the name of each scenario that lists ids to what became of it.
    """
    texts: dict[str, str] = {}
    done = {}
    for name in store.scenarios(path):
        text = store.scenario_file(path, name).read_text(encoding="utf-8")
        followed = repoint.repointed(text, found.heirs, f"{name}.yaml")
        if followed.text != text:
            taken = {*store.scenarios(path), *texts}
            texts |= {_free(taken, name): text, name: followed.text}
        if followed.followed or followed.orphans:
            done[name] = followed
    return texts, done


def plan(path: Path, found: Difference) -> Repointed:
    """Let a scenario file outside the twin follow its objects; the text that fits is put beside.

    It stands in ``<name>.after.yaml`` until `exchange`, so that a crash loses neither text.

    Parameters
    ----------
    path
        YAML file; it stays as it is.
    found
        What changed.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    document.read(path)
    text = path.read_text(encoding="utf-8-sig")
    followed = repoint.repointed(text, found.heirs, path.name)
    if followed.text != text:
        folder.write(_after(path), followed.text.encode())
    return followed


def exchange(path: Path) -> None:
    """Put the text that `plan` made in place; the old one stays as ``<name>.before.yaml``."""
    after = _after(path)
    if not after.exists():
        return
    names = (path.with_name(f"{path.stem}.before{number or ''}{path.suffix}")
             for number in count())  # fmt: skip
    folder.write(next(one for one in names if not one.exists()), path.read_bytes())
    folder.patiently(partial(after.replace, path))


def _after(path: Path) -> Path:
    return path.with_name(f"{path.stem}.after{path.suffix}")


def _free(taken: set[str], name: str) -> str:
    """A free name for the text of a scenario before an update."""
    stem = f"{name[:40]}.before"
    names = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)
