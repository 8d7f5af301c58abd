"""Listening to a broker: messages per second through to the disk, what is lost, and memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.bench.frame import Row, at_most, equal
from tests.layers.sensors import broker
from tests.layers.sensors.things import ROOT
from twin import readings

if TYPE_CHECKING:
    from tests.layers.sensors.broker import Mosquitto

MAP = """topic,ours,theirs,fixed,quantity,unit
x/+,station,topic:2,,,
x/+,time,/time,,,s
x/+,value,/value,,vehicles,veh
,source,,bench,,
,grade,,sensor,,
,licence,,CC0,,
,timezone,,UTC,,
"""
LISTEN = """
import json, re, sys, time
from pathlib import Path
from layers.sensors import mqtt, topics
from twin import live
folder, address, quality, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
marks = []
def tell(heard):
    status = Path("/proc/self/status").read_text()
    memory = int(re.search(r"VmRSS:\\s+(\\d+)", status)[1]) * 1024 / 1e6
    marks.append((time.perf_counter(), heard.messages, heard.counts.new, memory, time.process_time()))
def stop():
    return bool(marks) and (marks[-1][2] >= count or time.perf_counter() - marks[-1][0] > 15)
chosen = mqtt.broker(address, "bench", quality=quality)
heard = live.listen(folder / "a.twin", chosen, topics.read_topics(folder / "map.csv"),
                    stop=stop, tell=tell)
third = marks[len(marks) // 3]
print(json.dumps({
    "rate": (marks[-1][1] - marks[0][1]) / max(marks[-1][0] - marks[0][0], 1e-9),
    "rate_cpu": (marks[-1][1] - marks[0][1]) / max(marks[-1][4] - marks[0][4], 1e-9),
    "lost": count - heard.counts.new,
    "growth": marks[-1][3] - third[3],
    "connections": heard.connections,
}))
"""
SLOW_BAR, FAST_BAR = 2000, 10_000
"""Messages per second at quality 1 and 0 [1/s]."""


def rows(quick: bool) -> list[Row]:
    """Figures at both qualities of service; none where there is no broker and nobody asks."""
    if quick and shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        return []
    slow = _figures(1, 6000 if quick else 100_000, restart=True)
    fast = _figures(0, 6000 if quick else 200_000, restart=False)
    lost = equal("listen, quality 1, broker restarted: readings lost", slow["lost"], "1", 0)
    restarts = equal("listen, quality 1: connections", slow["connections"], "1", 2)
    if quick:
        return [
            Row("listen, quality 1, broker restarted", slow["rate"], "1/s"), lost,
            Row("listen, quality 0", fast["rate"], "1/s"),
        ]  # fmt: skip
    return [
        _at_least("listen, quality 1, broker restarted", slow["rate"], SLOW_BAR), lost, restarts,
        Row("listen, quality 1: per CPU second of the listener", slow["rate_cpu"], "1/s"),
        at_most("listen, quality 1: memory from first third to end", slow["growth"], "MB", 30),
        _at_least("listen, quality 0", fast["rate"], FAST_BAR),
        Row("listen, quality 0: per CPU second of the listener", fast["rate_cpu"], "1/s"),
        Row("listen, quality 0: readings lost", fast["lost"], "1"),
        at_most("listen, quality 0: memory from first third to end", fast["growth"], "MB", 30),
    ]  # fmt: skip


def _at_least(name: str, value: float, bar: float) -> Row:
    return Row(name, value, "1/s", f">= {bar:g}", "", value >= bar)


def _figures(quality: int, count: int, *, restart: bool) -> dict[str, float]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.twin").mkdir()
        (folder / "map.csv").write_text(MAP)
        with broker.mosquitto(folder) as running:
            return _heard(folder, running, quality, count, restart=restart)


def _heard(
    folder: Path, running: Mosquitto, quality: int, count: int, *, restart: bool
) -> dict[str, float]:
    arguments = [str(folder), running.address, str(quality), str(count)]
    listener = subprocess.Popen(
        [sys.executable, "-c", LISTEN, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while running.listeners == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    sender = subprocess.Popen(
        [sys.executable, "-m", "tests.layers.sensors.publisher", str(running.port), "0",
         str(count), str(quality), "1e9"], cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    if restart:
        while _rows(folder) < count // 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.stop()
        running.start()
    told, _ = listener.communicate(timeout=600)
    sender.wait(60)
    figures: dict[str, float] = json.loads(told)
    return figures


def _rows(folder: Path) -> int:
    with readings.open(folder / "a.twin") as inbox:
        return int(inbox.series()["rows"].sum())
