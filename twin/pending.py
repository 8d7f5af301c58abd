"""Scenario files that change together with the City: ready before the City is exchanged, in place after.

A crash before the exchange leaves the old City with the old files; one after it leaves what is
still to be done, named by the digest of the new City, and the next who opens the twin does it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from twin import folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PREFIX: Final = ".pending-"


def waiting(place: Path) -> bool:
    """Tell whether a writer left something to be done in a folder of scenarios."""
    return next(_left(place), None) is not None


def keep(place: Path, digest: str, texts: Mapping[str, str]) -> None:
    """Write files aside that go with a City; only under the writer lock.

    Parameters
    ----------
    place
        Folder of the scenarios; made if it is not there.
    digest
        Identity of the City that the files go with.
    texts
        Name of each scenario to its text.
    """
    place.mkdir(exist_ok=True)
    names = {folder.name(name, "scenario"): text for name, text in texts.items()}
    with folder.new_folder(place / f"{_PREFIX}{digest}") as aside:
        for name, text in names.items():
            folder.write(aside / f"{name}.yaml", text.encode())


def settle(place: Path, digest: str | None) -> None:
    """Put files that go with the City of this digest in place and give up all others.

    Only under the writer lock; may be repeated after a crash at any point.
    """
    for aside in list(_left(place)):
        if aside.name == f"{_PREFIX}{digest}":
            for file in sorted(aside.glob("*.yaml")):
                folder.patiently(partial(file.replace, place / file.name))
            folder.sync(place)
        folder.remove(aside)


def _left(place: Path) -> Iterator[Path]:
    return place.glob(f"{_PREFIX}*")
