"""Read NGSI-LD entities, as they are or over time, from a JSON file or an address.

A reading is a Property with ``observedAt``; the station is the entity. The ``@context`` is never
fetched: of a name in full form the last part counts. An address with ``limit=`` is read page by
page. Standard: ETSI GS CIM 009, NGSI-LD API, version 1.6.1.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from layers import fetch, files, tables
from layers.errors import FetchError, InputError
from layers.fetch import Limits
from layers.sensors import documents
from layers.sensors.csv import TABLE
from layers.texts import clip, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from layers.sensors.csv import Tally
    from layers.sensors.documents import Facts

ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
ADVICE: Final = "Give entities in the normalised form: id, type, and properties with observedAt."
PLACES: Final = ("location", "https://uri.etsi.org/ngsi-ld/location")


def read(
    source: Path | str,
    facts: Facts,
    tally: Tally,
    *,
    limits: Limits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[pd.DataFrame]:
    """Readings of entities in blocks.

    Parameters
    ----------
    source
        A .json file, or an address that the user named.
    facts
        What the entities do not say.
    tally
        Counts what is found, and keeps the stations.
    limits
        How much one request may cost; None for the bounds of ``sensor_limits.csv``.
    sleep
        How to wait between attempts.

    Raises
    ------
    InputError
        If the file or the answer holds no entities.
    FetchError
        If the address cannot be read.
    """
    held: list[dict[str, Any]] = []
    for entity in _entities(source, limits, sleep):
        held += _rows(entity, facts, tally)
        if len(held) >= _figure("block_rows"):
            yield from documents.readings(_shown(source), held, facts.mapping, tally)
            held = []
    yield from documents.readings(_shown(source), held, facts.mapping, tally)


def _figure(name: str) -> int:
    return int(tables.figures("sensor_limits")[name])


def _shown(source: Path | str) -> str:
    """Name of a source without what may be a key."""
    text = str(source)
    return text.split("?", maxsplit=1)[0] if ADDRESS.match(text) else files.local(source).name


def _entities(
    source: Path | str, limits: Limits | None, sleep: Callable[[float], None]
) -> Iterator[dict[str, Any]]:
    if ADDRESS.match(str(source)):
        yield from _fetched(str(source), limits, sleep)
    else:
        file = files.checked(source)
        yield from _parsed(file.name, files.text_bytes(file))


def _fetched(
    url: str, limits: Limits | None, sleep: Callable[[float], None]
) -> Iterator[dict[str, Any]]:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchError(clip(url, 200), "", "is no address.", "Check it.") from error
    size = address.params.get("limit", "")
    step = int(size) if re.fullmatch(r"[1-9]\d{0,5}", size) else 0
    start = address.params.get("offset", "")
    first = int(start) if re.fullmatch(r"\d{1,9}", start) else 0
    bounds = limits or Limits(size=_figure("page_bytes"), seconds=float(_figure("page_seconds")))
    for page in range(_figure("pages")):
        asked = address.copy_set_param("offset", str(first + page * step)) if page else address
        body = fetch.get(str(asked), hosts=(), named=[address.host], limits=bounds, sleep=sleep)
        found = _parsed(_shown(url), body)
        yield from found
        if not step or len(found) < step:
            return
    raise FetchError(_shown(url), "", "has too many pages.", "Read it in parts.")


def _parsed(name: str, body: bytes) -> list[dict[str, Any]]:
    try:
        data = documents.parse(body)
    except ValueError as error:
        raise InputError(name, "", f"is no JSON ({clip(str(error), 80)}).", ADVICE) from error
    found = [data] if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(name, "", "holds no entities.", ADVICE)
    if isinstance(data, dict) and "id" not in data and "@id" not in data:
        raise InputError(name, "", "is no entity: it has no id.", ADVICE)
    return found


def _rows(entity: dict[str, Any], facts: Facts, tally: Tally) -> list[dict[str, Any]]:
    """Cells of the readings of one entity; what is none is noted."""
    station = documents.name(entity.get("id", entity.get("@id")))
    if station is None:
        tally.rows += 1
        tally.drops.lose(TABLE, "entity has no id", [clip(str(entity.get("type")))])
        return []
    cells = {"station": station} | _place(entity)
    return [
        {**cells, **reading}
        for name, attribute in entity.items()
        for instance in (attribute if isinstance(attribute, list) else [attribute])
        if (reading := _reading(station, name, instance, facts, tally)) is not None
    ]


def _place(entity: dict[str, Any]) -> dict[str, Any]:
    for name in PLACES:
        place = entity.get(name)
        if isinstance(place, dict):
            return documents.point(place.get("value"))
    return {}


def _reading(
    station: str, name: str, instance: Any, facts: Facts, tally: Tally
) -> dict[str, Any] | None:
    """Cells of one value; None for an attribute that is no measurement, which is noted."""
    if not isinstance(instance, dict) or instance.get("type") != "Property":
        return None
    short = re.split(r"[/#]", name)[-1]
    when = instance.get("observedAt")
    unit = documents.name(instance.get("unitCode")) or ""
    quantity, unit = facts.meant(short, unit)
    known = {fold(one) for one in tables.load("sensor_quantities")["quantity"]}
    if when is None and fold(quantity) not in known:
        label = f"{station} {short}"[: documents.LONGEST]
        tally.drops.note(TABLE, "property is no reading: it has no observedAt", [label])
        return None
    return {
        "quantity": quantity,
        "unit": unit,
        "time": when[: documents.LONGEST] if isinstance(when, str) else None,
        "value": documents.cell(instance.get("value")),
    }
