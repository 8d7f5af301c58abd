"""Listen to an MQTT broker in a persistent session, with acknowledgements by hand.

The broker keeps what comes while nobody listens, and sends again what was not acknowledged. A
message is acknowledged only on the connection that brought it: on a new one its number may stand
for another message. Standard: OASIS MQTT 3.1.1.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from layers import tables
from layers.errors import FetchError, InputError, MissingExtraError
from layers.sensors.topics import Message
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from paho.mqtt.client import Client, MQTTMessage

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
"""Registered ports (IANA service names mqtt and secure-mqtt)."""

PAUSE: Final = 0.05
"""Silence after which what came is handed on [s]."""


@dataclass(frozen=True)
class Broker:
    """A broker that the user named.

    Parameters
    ----------
    host, port
        Where it is.
    client
        Name of the session; two listeners must not share one.
    quality
        Quality of service asked for: 1 loses nothing, 0 is faster.
    tls
        Whether to talk in TLS, with the certificates of this machine.
    user, password
        Credentials, if it asks for them.
    """

    host: str
    port: int
    client: str
    quality: int = 1
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Address as shown to people."""
        return f"{self.host}:{self.port}"


def broker(address: str, client: str, *, quality: int = 1, user: str = "",
           password: str = "") -> Broker:  # fmt: skip
    """Broker of an address such as ``host``, ``host:1883`` or ``mqtts://host``.

    Raises
    ------
    InputError
        If it is none.
    """
    text = address if "://" in address else f"mqtt://{address}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.username:
        raise InputError(clip(address, 200), "", "is no address of a broker.",
                         "Use HOST, HOST:PORT or mqtts://HOST; the name of a user has its own "
                         "option.")  # fmt: skip
    secure = parts.scheme == "mqtts"
    return Broker(parts.hostname, port or PORTS[parts.scheme], client, quality, secure, user,
                  password)  # fmt: skip


class Session:
    """A session with a broker, used in one thread; connects again by itself.

    Parameters
    ----------
    broker
        Whom to listen to.
    patterns
        Topic filters.
    sleep
        How to wait before connecting again.
    """

    def __init__(
        self,
        broker: Broker,
        patterns: Sequence[str],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._broker = broker
        self._wanted = [(pattern, broker.quality) for pattern in dict.fromkeys(patterns)]
        self._sleep = sleep
        self._come: list[Message] = []
        self._due: list[Message] = []
        self._refused = ""
        self._ready = False
        self.connections = 1
        self._client = _client(broker)
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.on_subscribe = self._subscribed

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._client.want_write() and not self._client.loop(timeout=PAUSE):
            pass  # what was acknowledged must leave before the connection does
        self._client.disconnect()
        self._client.loop(timeout=PAUSE)

    def _open(self) -> None:
        """Connect and subscribe; the first time there must be an answer."""
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=_figure("alive"))
        except (OSError, ValueError) as error:
            raise FetchError(self._broker.address, "", f"cannot be reached ({error}).",
                             "Check the address, and whether the broker runs.") from error  # fmt: skip
        deadline = time.monotonic() + _figure("page_seconds")
        while not self._ready and not self._refused and time.monotonic() < deadline:
            if self._client.loop(timeout=PAUSE):
                break
        if not self._ready:
            raise FetchError(self._broker.address, "",
                             f"lets nobody listen ({self._refused or 'no answer'}).",
                             "Check user, password and rights.")  # fmt: skip

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._ready = False
        if reason.is_failure:
            self._refused = str(reason)
            return
        client.subscribe(self._wanted)

    def _subscribed(self, _client: Client, _data: Any, _mid: int, reasons: Any, _m: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._refused = ", ".join(refused)
        self._ready = not refused

    def _arrived(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._come.append(Message(message.topic, bytes(message.payload), message.mid, message.qos))

    def collect(self, most: int, wait: float, stop: Callable[[], bool]) -> list[Message]:
        """Messages that came, at most `most`; empty after `wait` seconds of silence.

        Parameters
        ----------
        most
            Messages that are taken together [1].
        wait
            How long the first one may be kept for the others [s].
        stop
            Asked whether to end early.
        """
        deadline = time.monotonic() + wait
        while len(self._come) < most and not stop():
            rest, before = deadline - time.monotonic(), len(self._come)
            if rest <= 0:
                break
            if self._client.loop(timeout=min(rest, PAUSE)):
                self._again(stop)
            elif before and len(self._come) == before:
                break  # the broker may wait for acknowledgements
        taken, self._come = self._come[:most], self._come[most:]
        self._due += taken
        return taken

    def _again(self, stop: Callable[[], bool]) -> None:
        """Connect again, after pauses that grow."""
        pause = float(_figure("reconnect_pause"))
        while not self._waited(pause, stop):
            pause = min(2 * pause, float(_figure("reconnect_longest")))
            try:
                self._client.reconnect()
            except (OSError, ValueError):
                continue
            self.connections += 1
            # The broker sends again what was not acknowledged, under numbers of its choice.
            self._come = [message._replace(quality=0) for message in self._come]
            self._due = []
            return

    def _waited(self, pause: float, stop: Callable[[], bool]) -> bool:
        """Wait a while; tell whether to stop, without waiting for the end."""
        deadline = time.monotonic() + pause
        while not stop() and time.monotonic() < deadline:
            self._sleep(PAUSE)
        return stop()

    def acknowledge(self) -> None:
        """Tell the broker that what was collected last is safe."""
        for message in self._due:
            if message.quality:
                self._client.ack(message.number, message.quality)
        self._due = []


def _figure(name: str) -> int:
    return int(tables.figures("sensor_limits")[name])


def _client(broker: Broker) -> Client:
    try:
        from paho.mqtt import client as paho
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError as error:
        raise MissingExtraError(
            "Listening to MQTT needs paho-mqtt: pip install 'netzero-twin[mqtt]'"
        ) from error
    made = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if broker.tls:
        made.tls_set()
    if broker.user:
        made.username_pw_set(broker.user, broker.password or None)
    return made
