"""Files that are whole or absent: durable writing, safe names, one writer at a time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from filelock import FileLock, Timeout

from twin.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Outcome = TypeVar("Outcome")

MAX_JSON: Final = 32 * 1024 * 1024
"""Largest JSON file that is read [byte]."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
_TEMPORARY: Final = ".tmp"
_LOCK: Final = "twin.lock"
_PATIENCE: Final = 2.0
"""How long another program may hold a file on Windows [s]."""


def name(text: str, what: str) -> str:
    """Return a name that is safe as a file name on every system.

    Parameters
    ----------
    text
        Name as given.
    what
        What it names (``run``, ``scenario``), for the message.

    Raises
    ------
    StoreError
        If it does not match ``[a-z0-9][a-z0-9_.-]{0,63}``, ends in a dot or is a device name.
    """
    device = text.split(".", maxsplit=1)[0] in _DEVICES
    if not _NAME.fullmatch(text) or text.endswith(".") or device:
        advice = "Use 1 to 64 of a-z, 0-9, _ . - and begin with a letter or digit."
        raise StoreError(f"{what} {text[:80]!r}", "", "is not a usable name.", advice)
    return text


def digest(content: bytes) -> str:
    """SHA-256 of a file's content [64 hex digits]."""
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or, after a crash at any point, as it was before.

    The folder round it is made where it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    with temporary.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    patiently(lambda: temporary.replace(path))
    sync(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a folder under a temporary name; it gets its own name when all is written.

    What the caller writes into it must be written with `write`.
    """
    with new(path) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def new(path: Path) -> Iterator[Path]:
    """Make a file or folder under a temporary name; it gets its own name when all is written.

    The temporary name ends like the real one, because programs go by the ending.
    """
    around = _temporary(path)
    around.mkdir(parents=True)
    try:
        yield around / path.name
        sync(around / path.name)
        patiently(lambda: (around / path.name).rename(path))
        sync(path.parent)
    finally:
        shutil.rmtree(around, ignore_errors=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{_TEMPORARY}")


def patiently(action: Callable[[], Outcome]) -> Outcome:
    """Do something with a file; on Windows wait while another program holds it for a moment."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.02)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable where the system can."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what writers that died left half written; only under the writer lock."""
    for path in folder.glob(f".*{_TEMPORARY}"):
        remove(path)


def remove(path: Path) -> None:
    """Remove a file or folder; one that is in use (Windows) or gone is left to the next time."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of ours, strictly.

    Raises
    ------
    StoreError
        If the file is too large, not JSON, not an object, or holds NaN.
    """
    if path.stat().st_size > MAX_JSON:
        raise StoreError(path, "", f"is larger than {MAX_JSON} bytes.", "This is not a twin.")
    return parse_json(path, patiently(path.read_bytes))


def parse_json(path: Path, content: bytes) -> dict[str, Any]:
    """Parse the content of a JSON file of ours, strictly; raises as `read_json` does."""
    advice = "Take the folder from a backup, or save the City again."
    try:
        found = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise StoreError(path, "", f"is not JSON ({error}).", advice) from None
    if not isinstance(found, dict):
        raise StoreError(path, "", "is not a JSON object.", advice)
    return found


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def json_bytes(content: Any) -> bytes:
    """Strict JSON in UTF-8, one key a line, for people and for version control."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


@contextmanager
def writer(folder: Path, wait: float) -> Iterator[None]:
    """Hold the one writer lock of a folder.

    The operating system holds it for the process and lets it go when the process ends, however
    it ends: there is no stale lock. The empty file stays and means nothing by itself.

    Parameters
    ----------
    wait
        How long to wait for another writer [s].

    Raises
    ------
    StoreError
        If another program still writes after that time.
    """
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        advice = "Wait until it has finished, or save under another name."
        raise StoreError(folder, "", "another program is writing here.", advice) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def plain_errors(path: Path, advice: str) -> Iterator[None]:
    """Turn what the file system refuses into a StoreError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(path, "", f"{reason}.", advice) from error
