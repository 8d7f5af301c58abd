"""Publish numbered readings: ``... PORT FIRST LAST QUALITY RATE [TOPICS]``; prints what it sent.

It keeps what is not acknowledged and sends it again after a restart of the broker, as sensors do.
"""

from __future__ import annotations

import sys
import threading
import time

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

WINDOW = 500
"""Messages that may be unacknowledged [1]."""


def payload(number: int) -> str:
    return f'{{"time": {1_400_000_000 + number}, "value": {number % 1000}}}'


def publish(port: int, first: int, last: int, quality: int, rate: float, topics: int = 10) -> float:
    """Publish numbers first to last - 1; gives the seconds until all are acknowledged."""
    client = paho.Client(CallbackAPIVersion.VERSION2, f"publisher-{first}", clean_session=False)
    client.max_inflight_messages_set(WINDOW)
    client.reconnect_delay_set(1, 1)
    room, sent = threading.Semaphore(WINDOW), threading.Semaphore(0)

    def done(*_facts: object) -> None:
        room.release()
        sent.release()

    client.on_publish = done
    client.connect("127.0.0.1", port)
    client.loop_start()
    start = time.perf_counter()
    for number in range(first, last):
        due = start + (number - first) / rate
        while (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        room.acquire()
        client.publish(f"x/{number % topics}", payload(number), quality)
    for _ in range(first, last):
        assert sent.acquire(timeout=60)
    took = time.perf_counter() - start
    client.disconnect()
    client.loop_stop()
    return took


if __name__ == "__main__":
    port, first, last, quality = map(int, sys.argv[1:5])
    topics = int(sys.argv[6]) if len(sys.argv) > 6 else 10
    print(publish(port, first, last, quality, float(sys.argv[5]), topics))
