"""Read a service of OGC SensorThings 1.1: its datastreams, and page by page what they observed.

Every ``@iot.nextLink`` is followed, but never to another server and never twice; what a service
says about counts is not believed. Of an interval the begin is taken as the phenomenon time. Nothing is
expanded: an expansion may be without bounds, and a service in the field gave the first thing of
all for every datastream; links are asked one by one instead.
Standard: OGC 18-088, SensorThings API Part 1: Sensing, version 1.1.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import pandas as pd

from layers import fetch, tables
from layers.errors import FetchError, InputError
from layers.fetch import Limits
from layers.sensors import documents
from layers.sensors.csv import TABLE
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from layers.sensors.csv import Tally
    from layers.sensors.documents import Facts

NEXT: Final = "@iot.nextLink"
LINK: Final = "@iot.navigationLink"
ADVICE: Final = "Check the address: it must be the root of the service, such as .../v1.1."


@dataclass(frozen=True)
class Service:
    """A service that the user named.

    Parameters
    ----------
    url
        Root of the service.
    facts
        What the service does not say about its readings.
    limits
        How much one request may cost; None for the bounds of ``sensor_limits.csv``.
    sleep
        How to wait between attempts.
    """

    url: str
    facts: Facts
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep

    @property
    def root(self) -> httpx.URL:
        """Root of the service as an address."""
        try:
            return httpx.URL(self.url.rstrip("/") + "/")
        except httpx.InvalidURL as error:
            raise FetchError(clip(self.url, 200), "", "is no address.", ADVICE) from error


@dataclass(frozen=True)
class Stream:
    """One datastream, with what its readings have in common.

    Parameters
    ----------
    link
        Where its observations are.
    cells
        Station, quantity, unit and place of its readings.
    series
        Name of the series that its readings make.
    """

    link: str
    cells: Mapping[str, Any]
    series: str


def _figure(name: str) -> int:
    return int(tables.figures("sensor_limits")[name])


def _bounds() -> Limits:
    return Limits(size=_figure("page_bytes"), seconds=float(_figure("page_seconds")))


def _same_server(one: httpx.URL, other: httpx.URL) -> bool:
    return all(getattr(one, part) == getattr(other, part) for part in ("scheme", "host", "port"))


def pages(
    service: Service, link: str, params: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Entities of a collection, over all its pages.

    Parameters
    ----------
    service
        Where to ask.
    link
        Address of the collection, absolute or below the root.
    params
        Query of the first page; the service says the next ones.

    Raises
    ------
    FetchError
        If a page cannot be had, is no page, lies on another server or comes again.
    """
    address, seen = service.root.join(link), set[str]()
    query = dict(params or {})
    while True:
        page = _page(service, address, query)
        yield from page["value"]
        if NEXT not in page:
            return
        seen.add(str(address))
        address, query = _joined(service, address, page[NEXT]), {}
        if str(address) in seen:
            raise FetchError(service.url, "", "sends a page again as the next one.",
                             "Tell who runs the service.")  # fmt: skip
        if len(seen) >= _figure("pages"):
            raise FetchError(service.url, "", f"has more than {len(seen):,} pages.",
                             "Read it in parts, or raise the limit.")  # fmt: skip


def _joined(service: Service, address: httpx.URL, link: Any) -> httpx.URL:
    try:
        target = address.join(str(link))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(service.url, "", f"names a page {clip(str(link))} that is no address.",
                         "Tell who runs the service.") from error  # fmt: skip
    if not _same_server(target, service.root):
        raise FetchError(service.url, "", f"points to another server ({clip(target.host)}).",
                         "Give the address there yourself if you trust it.")  # fmt: skip
    return target


def _page(service: Service, address: httpx.URL, query: dict[str, str]) -> dict[str, Any]:
    page = _document(service, address, query)
    if not (
        isinstance(page, dict)
        and isinstance(page.get("value"), list)
        and all(isinstance(one, dict) for one in page["value"])
    ):
        raise FetchError(service.url, "", "answers with no list of entities.", ADVICE)
    return page


def _document(service: Service, address: httpx.URL, query: dict[str, str]) -> Any:
    if not _same_server(address, service.root):
        raise FetchError(service.url, "", f"points to another server ({clip(address.host)}).",
                         "Give the address there yourself if you trust it.")  # fmt: skip
    body = fetch.get(
        str(address),
        hosts=(),
        named=[service.root.host],
        params=query,
        limits=service.limits or _bounds(),
        sleep=service.sleep,
    )
    try:
        return documents.parse(body)
    except ValueError as error:
        raise FetchError(service.url, "", f"answers with no JSON ({clip(str(error), 80)}).",
                         ADVICE) from error  # fmt: skip


def streams(service: Service, tally: Tally) -> list[Stream]:
    """Datastreams of a service; those that say too little are counted.

    Raises
    ------
    FetchError
        If the service cannot be read.
    InputError
        If it has too many datastreams.
    """
    places: dict[str, dict[str, Any]] = {}
    found: dict[str, Stream] = {}
    for entity in pages(service, "Datastreams"):
        stream = _stream(service, entity, places)
        if stream is None or stream.series in found:
            reason = "a datastream says too little" if stream is None else "repeats a datastream"
            tally.drops.note(TABLE, reason, [str(entity.get("@iot.id"))[: documents.LONGEST]])
        else:
            found[stream.series] = stream
        if len(found) > _figure("stations"):
            raise InputError(service.url, "", "It has too many datastreams.", ADVICE)
    return list(found.values())


def _stream(
    service: Service, entity: dict[str, Any], places: dict[str, dict[str, Any]]
) -> Stream | None:
    link = entity.get(f"Observations{LINK}")
    thing, measured = (
        _linked(service, entity, "Thing"),
        _linked(service, entity, "ObservedProperty"),
    )
    station = documents.name(thing.get("name"))
    theirs = documents.name(measured.get("name"))
    if not isinstance(link, str) or station is None or theirs is None:
        return None
    units = entity.get("unitOfMeasurement")
    symbol = documents.name(units.get("symbol")) if isinstance(units, dict) else None
    quantity, unit = service.facts.meant(theirs, symbol or "")
    where = thing.get(f"Locations{LINK}")
    if isinstance(where, str) and where not in places:
        places[where] = _place(service, where)
    cells = {"station": station, "quantity": quantity, "unit": unit}
    series = f"{service.facts.mapping.fixed('source')}:{station}:{quantity}"
    return Stream(link, cells | places.get(str(where), {}), series)


def _linked(service: Service, entity: dict[str, Any], name: str) -> dict[str, Any]:
    """The one entity that another points to; empty if there is none."""
    link = entity.get(f"{name}{LINK}")
    if not isinstance(link, str):
        return {}
    found = _document(service, _joined(service, service.root, link), {})
    return found if isinstance(found, dict) else {}


def _place(service: Service, link: str) -> dict[str, Any]:
    """Longitude and latitude of the newest location of a thing, if it is a point."""
    for entity in pages(service, link, {"$top": "1"}):
        return documents.point(entity.get("location"))
    return {}


def observations(
    service: Service, stream: Stream, since: pd.Timestamp | None, tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of one datastream in blocks.

    Parameters
    ----------
    service, stream
        What to read.
    since
        First phenomenon time that is asked for; all if None.
    tally
        Counts what is found.

    Raises
    ------
    FetchError
        If the service cannot be read to the end.
    """
    query = {}  # no $orderby and no $top: services in the field fail on them
    if since is not None:
        stamp = since.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        query["$filter"] = f"phenomenonTime ge {stamp}"
    held: list[dict[str, Any]] = []
    for count, entity in enumerate(pages(service, stream.link, query), start=1):
        held.append(_row(entity, stream.cells))
        if len(held) >= _figure("block_rows"):
            yield from documents.readings(service.url, held, service.facts.mapping, tally)
            held = []
        if count >= _figure("stream_rows"):
            raise FetchError(service.url, "", f"has more than {count:,} new observations of "
                             f"{clip(stream.series)}.", "Load them from a file first.")  # fmt: skip
    yield from documents.readings(service.url, held, service.facts.mapping, tally)


def _row(entity: dict[str, Any], cells: Mapping[str, Any]) -> dict[str, Any]:
    when, made = entity.get("phenomenonTime"), entity.get("resultTime")
    return {
        **cells,
        "time": when.split("/")[0][: documents.LONGEST] if isinstance(when, str) else None,
        "result_time": made[: documents.LONGEST] if isinstance(made, str) else None,
        "value": documents.cell(entity.get("result")),
    }


def blocks(
    service: Service, since: Mapping[str, pd.Timestamp], tally: Tally
) -> Iterator[pd.DataFrame]:
    """Readings of a service, one datastream at a time, going on where the last time ended.

    Parameters
    ----------
    service
        Where to ask.
    since
        Series to the last phenomenon time that is known. Results that a service adds later for
        older times are not found so; leave the series out to read it whole.
    tally
        Counts what is found, and keeps the stations.

    Raises
    ------
    FetchError
        If the service cannot be read to the end; what was yielded before is good.
    """
    for stream in streams(service, tally):
        # Services give no order of time: a part of a series would hide the rest from the next run.
        found = list(observations(service, stream, since.get(stream.series), tally))
        if found:
            yield pd.concat(found, ignore_index=True)
