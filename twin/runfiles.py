"""A Result as a set of files that never change: frames, ledger, record and what it began from."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from twin import folder, manifest, parts
from twin.errors import StoreError
from twin.ledger import Ledger
from twin.record import plain
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import pandas as pd

BASE: Final = "inputs/twin.json"
"""Manifest of the City that was stored when the run was saved."""

RECORD: Final = "record.json"
"""What was run and how."""
_RUN: Final = "run.json"
_LEDGER: Final = "ledger.parquet"


def pack(result: Result, inputs: Mapping[str, str]) -> dict[str, bytes]:
    """Put a Result and the texts it was made from into files.

    Parameters
    ----------
    result
        Frames, ledger and record.
    inputs
        File name to text.

    Returns
    -------
    dict
        Path inside the run's folder to content.

    Raises
    ------
    StoreError
        If a name is not usable or the record cannot be written as JSON.
    """
    if result.grid is not None:
        raise StoreError("run", "grid", "cannot be kept yet.", "Save the run without its grid.")
    files = {f"inputs/{folder.name(name, 'input')}": text.encode() for name, text in inputs.items()}
    if BASE in files:
        raise StoreError("run", BASE, "is the twin's own name.", "Use another name.")
    for name, frame in result.frames.items():
        files[f"frames/{folder.name(name, 'table')}.parquet"] = parts.encode(frame)
    for name, frame in result.tables.items():
        files[f"tables/{folder.name(name, 'table')}.parquet"] = parts.encode(frame)
    files[_LEDGER] = parts.encode(result.ledger.rows)
    try:
        files[RECORD] = folder.json_bytes(plain(result.record))
    except (TypeError, ValueError, RecursionError) as error:
        advice = "Use text, numbers, lists and mappings only."
        raise StoreError("run", "record", f"is not plain ({error}).", advice) from error
    return files


def unpack(place: Path, files: Mapping[str, bytes]) -> Result:
    """Make the Result of its files again.

    Parameters
    ----------
    place
        Folder of the run, for messages.
    files
        Path inside the folder to content, as `pack` made and `read` verified it.
    """
    rows = parts.decode(place / _LEDGER, files[_LEDGER], geometric=False)
    record = folder.parse_json(place / RECORD, files[RECORD])
    tables = _tables(place, files, "tables/")
    return Result(_tables(place, files, "frames/"), Ledger(rows), record, tables=tables)


def _tables(place: Path, files: Mapping[str, bytes], under: str) -> dict[str, pd.DataFrame]:
    """Tables among the files of a run that lie in one folder."""
    return {
        PurePosixPath(name).stem: parts.decode(place / name, content, geometric=False)
        for name, content in files.items()
        if name.startswith(under)
    }


def write(place: Path, files: Mapping[str, bytes], number: int) -> None:
    """Write the files of a run so that the folder is there in full or not at all.

    Parameters
    ----------
    place
        Folder of the run; it must not be there.
    files
        Path inside the folder to content.
    number
        Place in the order of saving [1].
    """
    sums = {name: folder.digest(content) for name, content in sorted(files.items())}
    run = manifest.Run(format=manifest.FORMAT, version=manifest.VERSION, number=number, files=sums)
    with folder.new_folder(place) as temporary:
        for name, content in files.items():
            (temporary / name).parent.mkdir(exist_ok=True)
            folder.write(temporary / name, content)
        folder.write(temporary / _RUN, folder.json_bytes(run.model_dump(mode="json")))


def read(place: Path, only: Collection[str] | None = None) -> dict[str, bytes]:
    """Content of all files of a run, or of some.

    Parameters
    ----------
    place
        Folder of the run.
    only
        Paths inside the folder; all if None.

    Raises
    ------
    StoreError
        If a file is not what was saved.
    """
    sums = manifest.read_run(place / _RUN).files
    wanted = [name for name in sums if only is None or name in only]
    files = {name: folder.patiently((place / name).read_bytes) for name in wanted}
    for name, content in files.items():
        if folder.digest(content) != sums[name]:
            raise StoreError(place / name, "", "is not what was saved.", parts.BACKUP)
    return files
