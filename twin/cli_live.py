"""The command that hears: `twin listen`."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import click

from twin.terminal import city_argument, emit, file, json_option, progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.live import Heard


@click.command()
@city_argument
@click.option("--mqtt", metavar="ADDRESS", help="Broker: HOST, HOST:PORT or mqtts://HOST.")
@click.option("--sensorthings", metavar="URL", help="Root of a service: read what is new, once.")
@click.option("--ngsi-ld", metavar="FILE|URL", help="NGSI-LD entities: read once.")
@click.option(
    "--map",
    "map_file",
    type=file(),
    required=True,
    help="CSV: what the messages say, or the facts of the service.",
)
@click.option(
    "--quality",
    type=click.IntRange(0, 1),
    default=1,
    show_default=True,
    help="MQTT quality of service: 1 loses nothing, 0 is faster.",
)
@click.option("--session", help="Name of the MQTT session; default: made from the folder's path.")
@click.option("--user", default="", help="User at the broker; password in TWIN_MQTT_PASSWORD.")
@json_option
def listen(
    city_path: Path,
    mqtt: str | None,
    sensorthings: str | None,
    ngsi_ld: str | None,
    map_file: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """Take readings in while they are made, each once; stop with Ctrl-C.

    A message is acknowledged when its readings are on the disk. With --json every batch prints
    one line of counts.
    """
    if sum(one is not None for one in (mqtt, sensorthings, ngsi_ld)) != 1:
        raise click.UsageError("Name one source: --mqtt, --sensorthings or --ngsi-ld.")
    if mqtt is not None:
        heard = _listen(city_path, mqtt, map_file, as_json, options)
    elif sensorthings is not None:
        heard = _pull(city_path, sensorthings, map_file)
    else:
        heard = _pull_entities(city_path, str(ngsi_ld), map_file)
    emit(heard.to_dict(), as_json, heard.lines())


def _listen(
    city_path: Path, address: str, map_file: Path, as_json: bool, options: dict[str, Any]
) -> Heard:
    from layers.sensors import mqtt, topics
    from twin import live, store

    store.open(city_path)
    broker = mqtt.broker(
        address,
        options["session"] or live.session_name(city_path),
        quality=options["quality"],
        user=options["user"],
        password=os.environ.get("TWIN_MQTT_PASSWORD", ""),
    )
    maps = topics.read_topics(map_file)
    with progress(f"Listening to {broker.address}") as show:

        def tell(heard: Heard) -> None:
            show(f"{heard.messages:,} messages", 0.0)
            if as_json:
                click.echo(live.line(heard))

        heard = live.listen(city_path, broker, maps, stop=_asked_to_stop(), tell=tell)
    live.keep_stations(city_path, heard, maps[0].mapping, broker.address)
    return heard


def _asked_to_stop() -> Callable[[], bool]:
    """Whether somebody asked to stop; what is in hand is finished first."""
    asked: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: asked.append(number))
    return lambda: bool(asked)


def _pull(city_path: Path, url: str, map_file: Path) -> Heard:
    from layers.sensors import documents, sensorthings
    from twin import live, store

    store.open(city_path)
    service = sensorthings.Service(url, documents.read_facts(map_file))
    with progress("Reading") as tell:
        heard = live.pull(city_path, service, progress=tell)
    live.keep_stations(city_path, heard, service.facts.mapping, service.root.host)
    return heard


def _pull_entities(city_path: Path, source: str, map_file: Path) -> Heard:
    from layers.sensors import documents
    from twin import live, store

    store.open(city_path)
    facts = documents.read_facts(map_file)
    with progress("Reading") as tell:
        heard = live.pull_entities(city_path, source, facts, progress=tell)
    live.keep_stations(city_path, heard, facts.mapping, source.split("?", maxsplit=1)[0])
    return heard
