"""Twins on disk: a folder that is whole at any moment, opened lazily, checked when used."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import shapely
from pydantic import ValidationError

from layers.schema import silent
from twin import arrayfiles, folder, manifest, parts, pending, readings, runfiles
from twin.city import TABLES, ArrayPart, City, Part, schema
from twin.errors import StoreError
from twin.manifest import ArrayEntry, Facts, Manifest, PartEntry
from twin.parts import BACKUP, ROOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Progress
    from twin.result import Result


WAIT: Final = 30.0
"""How long to wait for another writer [s]."""

GRACE: Final = 86_400.0
"""How long a part that no kept generation needs stays for those who still read it [s]."""

_MANIFEST: Final = "twin.json"
_PREVIOUS: Final = "twin.previous.json"
_LAYERS: Final = "layers"
_ARRAYS: Final = "arrays"
_RUNS: Final = "runs"
_SCENARIOS: Final = "scenarios"
_OURS: Final = frozenset(
    [
        _MANIFEST,
        _PREVIOUS,
        "twin.lock",
        _LAYERS,
        _ARRAYS,
        "readings",
        _RUNS,
        _SCENARIOS,
        "readings.sqlite",
        "readings.sqlite-wal",
        "readings.sqlite-shm",
    ]
)


def save(
    city: City,
    path: Path | str,
    *,
    scenarios: Mapping[str, str] | None = None,
    wait: float = WAIT,
    grace: float = GRACE,
    progress: Progress | None = None,
) -> None:
    """Save a City as a twin folder; a crash at any point leaves what was there before.

    Parts are written once under a name made of their content and never changed; then the
    manifest is exchanged in one step. The generation before is kept (`open` with ``previous``).

    Parameters
    ----------
    city
        What to save.
    path
        The folder, by custom ``name.twin``; made if it is not there.
    scenarios
        Name and text of scenario files that change together with the City, or not at all.
    wait
        How long to wait for another writer [s].
    grace
        How long parts stay that no kept generation needs [s].
    progress
        Called with a stage and the share done.

    Raises
    ------
    StoreError
        If the folder holds something else, is newer than this toolkit, cannot be written, or
        another program is writing.
    """
    root = Path(path)
    with folder.plain_errors(root, ROOM):
        root.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(root)
        with folder.writer(root, wait):
            _sweep(root)
            old = _read(root / _MANIFEST) if (root / _MANIFEST).exists() else None
            pending.settle(root / _SCENARIOS, None if old is None else old.city.digest)
            (root / _LAYERS).mkdir(exist_ok=True)
            folder.sync(root)
            entries = parts.write(root / _LAYERS, city, old, progress or silent)
            arrays = arrayfiles.write(root / _ARRAYS, city, old)
            if scenarios:
                pending.keep(root / _SCENARIOS, city.digest, scenarios)
            if old is None or old.city.digest != city.digest:
                old = _exchange(root, _describe(root, city, entries, arrays, old), old)
            pending.settle(root / _SCENARIOS, city.digest)
            _collect(root, old, grace)


def _exchange(root: Path, new: Manifest, old: Manifest | None) -> Manifest:
    """Make the new generation the one that is opened, and keep the one before."""
    if old is not None:
        folder.write(root / _PREVIOUS, old.content())
    folder.write(root / _MANIFEST, new.content())
    return new


def open(  # noqa: A001 - store.open and store.save are the words of this room
    path: Path | str, *, previous: bool = False, run: str | None = None
) -> City:
    """Open a twin folder; tables are read, and their digests verified, when first used.

    Parameters
    ----------
    path
        The folder.
    previous
        Open the generation before the last save.
    run
        Open the City that was stored when this run was saved.

    Raises
    ------
    StoreError
        If the folder is not a twin, is damaged, or newer than this toolkit. A damaged table
        raises when it is used.
    """
    root = Path(path)
    with folder.plain_errors(root, BACKUP):
        if not root.is_dir():
            raise StoreError(root, "", "is not a folder.", "Name the folder that was saved.")
        _finish(root)
        where = root / (_PREVIOUS if previous else _MANIFEST)
        if run is not None:
            where = _run_folder(root, run) / runfiles.BASE
        if not where.exists():
            reason = f"holds no {where.relative_to(root).as_posix()}."
            advice = "Nothing was ever saved here in full; build and save the City again."
            raise StoreError(root, "", reason, advice)
        return _city(root, where, _read(where))


def _finish(root: Path) -> None:
    """Put in place what a writer that died had ready; one that lives does it itself."""
    if pending.waiting(root / _SCENARIOS):
        with suppress(StoreError, OSError), folder.writer(root, 0.0):
            pending.settle(root / _SCENARIOS, _read(root / _MANIFEST).city.digest)


def _city(root: Path, where: Path, found: Manifest) -> City:
    facts = found.city.model_dump(exclude={"digest", "boundary", "model_area"})
    areas = {key: shapely.from_wkb(getattr(found.city, key)) for key in ("boundary", "model_area")}
    tables = {}
    for table in TABLES:
        entry = found.parts.get(table)
        if entry is None:
            tables[table] = Part.of(schema(table).empty(found.city.crs))
        else:
            load = partial(parts.load, root / _LAYERS, table, entry, found.city.crs)
            tables[table] = Part(load, entry.digest)
    arrays = {}
    for name, stored in found.arrays.items():
        reader = partial(arrayfiles.load, root / _ARRAYS, name, stored, found.city.crs)
        arrays[name] = ArrayPart(reader, stored.digest)
    city = City(parts=tables, arrays=arrays, readings=readings.view(root), **facts, **areas)
    if len(found.parts) == len(TABLES) and city.digest != found.city.digest:
        raise StoreError(where, "city", "does not fit its own digest.", BACKUP)
    return city


def _refuse_foreign(root: Path) -> None:
    links = [name for name in (_LAYERS, _ARRAYS, _RUNS, _SCENARIOS) if (root / name).is_symlink()]
    if links:
        raise StoreError(root, links[0], "is a link out of the folder.", "Replace it by a folder.")
    if (root / _MANIFEST).exists():
        return
    strange = sorted(path.name for path in root.iterdir() if path.name not in _OURS)
    strange = [name for name in strange if not name.endswith(".tmp")]
    if strange:
        reason = f"holds other files ({', '.join(strange[:3])})."
        raise StoreError(root, "", reason, "Name a new or empty folder.")


def _read(path: Path) -> Manifest:
    return manifest.read(path, TABLES)


def _sweep(root: Path) -> None:
    for place in (root, *(root / name for name in (_LAYERS, _ARRAYS, _RUNS, _SCENARIOS))):
        folder.sweep(place)


def _describe(
    root: Path,
    city: City,
    entries: dict[str, PartEntry],
    arrays: dict[str, ArrayEntry],
    old: Manifest | None,
) -> Manifest:
    try:
        new = _manifest(city, entries, arrays, 1 if old is None else old.generation + 1)
    except ValidationError as error:
        raise StoreError.of("facts of the City", manifest.faults(error)) from None
    needed = new.files | (old.files if old is not None else set()) | _files_of_runs(root)
    since = {} if old is None else old.retired
    now = time.time()
    unneeded = sorted(_stored(root) - needed)
    return new.model_copy(update={"retired": {name: since.get(name, now) for name in unneeded}})


def _stored(root: Path) -> set[str]:
    """Names of all parts that are there, needed or not."""
    tables = {path.name for path in (root / _LAYERS).glob("*.parquet")}
    return tables | {path.name for path in (root / _ARRAYS).glob("[a-z]*.zarr")}


def _manifest(
    city: City, entries: dict[str, PartEntry], arrays: dict[str, ArrayEntry], generation: int
) -> Manifest:
    sources = city.sources
    return Manifest(
        format=manifest.FORMAT,
        version=manifest.VERSION,
        written_by=f"netzero-twin {version('netzero-twin')}",
        generation=generation,
        city=_facts(city),
        bbox=_bbox(city),
        licences=city.licences,
        attributions=city.attributions,
        inputs=sources["digest"].astype(object).where(sources["digest"].notna(), None).to_dict(),
        parts=entries,
        arrays=arrays,
        retired={},
    )


def _facts(city: City) -> Facts:
    return Facts(
        name=city.name,
        crs=city.crs,
        year=int(city.year),
        country=city.country,
        timezone=city.timezone,
        boundary=city.boundary.wkb_hex,
        model_area=city.model_area.wkb_hex,
        digest=city.digest,
    )


def _bbox(city: City) -> list[float]:
    bounds = gpd.GeoSeries([city.boundary], crs=city.crs).to_crs(4326).total_bounds
    return [round(float(edge), 7) for edge in bounds]


def _files_of_runs(root: Path) -> set[str]:
    """Part files of the Cities that the runs began from; those stay as long as the runs.

    A run that cannot be read might need any part: then none is given up.
    """
    kept: set[str] = set()
    for run_id in runs(root):
        try:
            kept |= _read(_run_folder(root, run_id) / runfiles.BASE).files
        except (StoreError, OSError):
            return _stored(root)
    return kept


def _collect(root: Path, current: Manifest, grace: float) -> None:
    """Remove parts that nobody has needed for some time."""
    now = time.time()
    for name, since in current.retired.items():
        if now - since >= grace:
            kind = _ARRAYS if name.endswith(".zarr") else _LAYERS
            folder.remove(root / kind / name)


def save_scenario(path: Path | str, name: str, text: str, *, wait: float = WAIT) -> Path:
    """Keep a scenario file in the twin folder as ``scenarios/<name>.yaml``.

    Raises
    ------
    StoreError
        If the name is not usable, or the folder is no twin or cannot be written.
    """
    target = scenario_file(path, name)
    root = Path(path)
    with folder.plain_errors(root, ROOM):
        open(root)
        _refuse_foreign(root)
        with folder.writer(root, wait):
            target.parent.mkdir(exist_ok=True)
            folder.write(target, text.encode())
    return target


def scenario_file(path: Path | str, name: str) -> Path:
    """Path of a scenario inside the twin folder, whether it is there or not.

    Raises
    ------
    StoreError
        If the name is not usable.
    """
    return Path(path) / _SCENARIOS / f"{folder.name(name, 'scenario')}.yaml"


def scenarios(path: Path | str) -> list[str]:
    """Names of the scenarios that the twin folder keeps, in alphabetical order."""
    _finish(Path(path))
    return sorted(file.stem for file in (Path(path) / _SCENARIOS).glob("[a-z0-9]*.yaml"))


def save_run(
    path: Path | str,
    run_id: str,
    result: Result,
    *,
    inputs: Mapping[str, str] | None = None,
    wait: float = WAIT,
) -> str:
    """Keep a Result in the twin folder as ``runs/<id>`` and return the id.

    A run never changes: where the id is taken, the next free one of ``<id>.2``, ``<id>.3`` ...
    is used. The City as it is stored now is kept with it (`open` with ``run``).

    Parameters
    ----------
    path
        The folder of a saved twin.
    run_id
        Name of the run.
    result
        What to keep.
    inputs
        File name to text of what the run was made from (scenario ...).
    wait
        How long to wait for another writer [s].

    Raises
    ------
    StoreError
        If a name is not usable, the record is not plain, or the folder is no twin or cannot be
        written.
    """
    root = Path(path)
    folder.name(run_id, "run")
    files = runfiles.pack(result, inputs or {})
    with folder.plain_errors(root, ROOM):
        open(root)
        _refuse_foreign(root)
        with folder.writer(root, wait):
            files[runfiles.BASE] = (root / _MANIFEST).read_bytes()
            kept = _numbers(root)
            free = _free_id(root, run_id)
            (root / _RUNS).mkdir(exist_ok=True)
            runfiles.write(_run_folder(root, free), files, 1 + max(kept.values(), default=0))
    return free


def _free_id(root: Path, run_id: str) -> str:
    ids = (run_id if number == 1 else f"{run_id}.{number}" for number in count(1))
    return next(one for one in ids if not _run_folder(root, one).exists())


def _numbers(root: Path) -> dict[str, int]:
    """Run id to its place in the order of saving; what cannot be read comes first."""
    found = {}
    for file in (root / _RUNS).glob("[a-z0-9]*/run.json"):
        try:
            found[file.parent.name] = manifest.read_run(file).number
        except (StoreError, OSError):
            found[file.parent.name] = 0
    return found


def runs(path: Path | str) -> list[str]:
    """Ids of the runs that the twin folder keeps, the newest last."""
    numbers = _numbers(Path(path))
    return sorted(numbers, key=lambda run_id: (numbers[run_id], run_id))


def open_run(path: Path | str, run_id: str) -> Result:
    """Open a kept Result; every file is verified.

    Raises
    ------
    StoreError
        If there is no such run, or a file of it is damaged or gone.
    """
    place = _run_folder(Path(path), run_id)
    with folder.plain_errors(place, BACKUP):
        if not (place / "run.json").exists():
            known = ", ".join(runs(path)) or "none"
            raise StoreError(place, "", "is not a kept run.", f"Runs here: {known}.")
        return runfiles.unpack(place, runfiles.read(place))


class Saved(NamedTuple):
    """What a kept run tells without its figures.

    Parameters
    ----------
    record
        Record of the Result.
    city
        Digest of the City that was stored when it was saved.
    at
        When that was.
    """

    record: Mapping[str, Any]
    city: str
    at: datetime


def saved(path: Path | str, run_id: str) -> Saved:
    """Tell a kept run from others without reading its figures.

    Raises
    ------
    StoreError
        As `open_run`.
    """
    place = _run_folder(Path(path), run_id)
    with folder.plain_errors(place, BACKUP):
        files = runfiles.read(place, {runfiles.RECORD})
        record = folder.parse_json(place / runfiles.RECORD, files[runfiles.RECORD])
        at = datetime.fromtimestamp((place / "run.json").stat().st_mtime, UTC)
        return Saved(record, _read(place / runfiles.BASE).city.digest, at)


def run_inputs(path: Path | str, run_id: str) -> dict[str, str]:
    """File name to text of what a kept run was made from (scenario ...).

    Raises
    ------
    StoreError
        As `open_run`.
    """
    place = _run_folder(Path(path), run_id)
    with folder.plain_errors(place, BACKUP):
        files = runfiles.read(place)
    inputs = {name: text for name, text in files.items() if name.startswith("inputs/")}
    return {
        name.removeprefix("inputs/"): text.decode()
        for name, text in inputs.items()
        if name != runfiles.BASE
    }


def _run_folder(root: Path, run_id: str) -> Path:
    return root / _RUNS / folder.name(run_id, "run")
