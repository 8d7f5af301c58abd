"""Read one matrix of an OMX file (HDF5), as a program of its own.

HDF5 is taken apart by a C library, and a hostile file can make it crash or grow without bound:
`read` therefore lets another process with bounded memory and time do it, which hands back plain
numbers. Nothing outside the file is followed (no links, no external or virtual data), and no
attribute is read: the openmatrix library would unpickle them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

REFUSED: Final = 3
"""Exit code of the other process when it says what is wrong."""
DATA, LOOKUP = "data", "lookup"
FILTERS: Final = frozenset({None, "gzip", "lzf"})


def limit(name: str) -> int:
    """Bound of ``matrix_limits.csv`` by name [unit of its row]."""
    from layers import tables  # the other process needs no tables and starts sooner without

    return int(tables.figures("matrix_limits")[name])


def read(path: Path, matrix: str | None = None) -> tuple[list[str], NDArray[np.float64], str]:
    """Zones, trips (zones, zones) and name of a matrix in an OMX file.

    Parameters
    ----------
    path
        A file that `layers.files.local` has passed.
    matrix
        Its name; may be left out if there is one only.

    Raises
    ------
    InputError
        If the file is damaged, too large or holds no such matrix.
    MissingExtraError
        If h5py is not installed.
    """
    if find_spec("h5py") is None:
        raise MissingExtraError(
            "Reading OMX needs h5py. Install it with: pip install 'netzero-twin[omx]'"
        )
    bounds = [str(limit(name)) for name in ("zones", "memory")]
    command = [sys.executable, "-P", "-m", "layers.omx", *bounds, str(path), matrix or ""]
    try:
        # S603: the program is this module; the path is an argument, no shell sees it.
        done = subprocess.run(command, capture_output=True, timeout=limit("seconds"), check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise InputError(path.name, "", "It takes too long to read.", "Cut it.") from error
    if done.returncode == REFUSED:
        told = json.loads(done.stderr.splitlines()[-1])
        raise InputError(path.name, told["place"], told["reason"], told["advice"])
    if done.returncode != 0:
        raise InputError(path.name, "", "It is damaged, or no OMX file.", "Export it again.")
    head, _, body = done.stdout.partition(b"\n")
    facts = json.loads(head)
    count = len(facts["zones"])
    return facts["zones"], np.frombuffer(body, np.float64).reshape(count, count), facts["name"]


class _RefusedError(Exception):
    """What is wrong: place, reason, advice."""


def _member(group: Any, name: str, kind: type) -> Any:
    """Member of a group that lies in this file itself and is of a kind."""
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise _RefusedError(name, "It is a link to somewhere else.", "Export the data itself.")
    found = group[name]
    if not isinstance(found, kind):
        raise _RefusedError(name, "It is of another kind than OMX says.", "Export it again.")
    return found


def _table(group: Any, name: str, shape: int, most: int) -> Any:
    """Dataset of numbers that may be read."""
    import h5py

    found = _member(group, name, h5py.Dataset)
    if found.is_virtual or found.external or found.compression not in FILTERS:
        raise _RefusedError(name, "Its numbers are not in this file, or packed in a way that is "
                                  "not read.", "Export it with gzip or without.")  # fmt: skip
    if len(found.shape) != shape or max(found.shape, default=0) > most:
        raise _RefusedError(name, f"Its shape is {found.shape}.",
                            f"Up to {most:,} zones are read.")  # fmt: skip
    return found


def _names(file: Any, count: int) -> list[str]:
    """Names of the zones: the first lookup, else their numbers from 1."""
    import h5py

    names = sorted(_member(file, LOOKUP, h5py.Group)) if LOOKUP in file else []
    if not names:
        return [str(number + 1) for number in range(count)]
    found = _table(file[LOOKUP], names[0], 1, count)
    if found.shape != (count,) or found.dtype.kind not in "iuS":
        raise _RefusedError(names[0], "It does not name the zones.", "One number for each zone.")
    values = found[:]
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(int(one))
            for one in values.tolist()]  # fmt: skip


def _load(path: str, matrix: str, most: int) -> tuple[list[str], NDArray[np.float64], str]:
    import h5py

    with h5py.File(path, "r") as file:
        if DATA not in file:
            raise _RefusedError("", "It holds no matrices.", "Export it as OMX.")
        group = _member(file, DATA, h5py.Group)
        names = sorted(group)
        chosen = matrix or (names[0] if len(names) == 1 else None)
        if chosen is None or chosen not in names:
            listed = ", ".join(name[:40] for name in names[:20]) or "none"
            raise _RefusedError("", f"Its matrices are: {listed}.", "Name the one to read.")
        table = _table(group, chosen, 2, most)
        if table.shape[0] != table.shape[1] or table.dtype.kind not in "fiu":
            raise _RefusedError(chosen, f"It is no square of numbers: {table.shape}.",
                                "Export the matrix of all zones.")  # fmt: skip
        zones = _names(file, table.shape[0])
        return zones, table[:, :].astype(np.float64), chosen


def _bounded(most: int) -> None:
    """Bound the memory of this process [byte], where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(arguments: list[str]) -> int:
    """Write a matrix to standard output: a line of JSON, then the numbers.

    Parameters
    ----------
    arguments
        Zones at most, memory at most [byte], path, name of the matrix or nothing.
    """
    most, memory, path, matrix = arguments
    _bounded(int(memory))
    try:
        zones, trips, name = _load(path, matrix, int(most))
    except _RefusedError as error:
        place, reason, advice = error.args
        told = {"place": place[:80], "reason": reason, "advice": advice}
        sys.stderr.write("\n" + json.dumps(told))
        return REFUSED
    sys.stdout.buffer.write(json.dumps({"zones": zones, "name": name}).encode() + b"\n")
    sys.stdout.buffer.write(np.ascontiguousarray(trips).tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
