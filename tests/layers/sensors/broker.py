"""A real mosquitto on loopback, stopped and started by its own process id."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.layers.sensors.things import ROOT, free_port
from tests.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

CONF = ROOT / "examples" / "listen" / "mosquitto.conf"
DEFAULTS = "listener 1883 127.0.0.1\nallow_anonymous true\npersistence_location /x\n"


def program() -> str:
    """Path of mosquitto; without it the test is skipped, in CI it fails."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return found
    return missing("mosquitto is not installed (Debian: apt install mosquitto)")


class Mosquitto:
    """One broker with a folder of its own; the session of a client survives `stop`."""

    def __init__(self, folder: Path, text: str) -> None:
        self.port = free_port()
        self._program = program()
        store = folder / "broker"
        store.mkdir()
        text = re.sub(r"(?m)^listener .*$", f"listener {self.port} 127.0.0.1", text)
        text = re.sub(r"(?m)^persistence_location .*$", f"persistence_location {store}/", text)
        text += "".join(f"\nlog_type {kind}" for kind in ("error", "notice", "subscribe"))
        self._conf = store / "mosquitto.conf"
        # Started by root it would become another user, who cannot write here.
        self._conf.write_text(text + ("\nuser root\n" if os.geteuid() == 0 else "\n"))
        self._log = (store / "log").open("w")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def listeners(self) -> int:
        """How often somebody subscribed so far, as the log says."""
        return Path(self._log.name).read_text().count(" x/+")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._conf)], stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(Path(self._log.name).read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def close(self) -> None:
        self.stop()
        self._log.close()


@contextmanager
def mosquitto(folder: Path, text: str | None = None) -> Iterator[Mosquitto]:
    """Run a broker with the configuration that is shipped, or another."""
    broker = Mosquitto(folder, CONF.read_text() if text is None else text)
    try:
        broker.start()
        yield broker
    finally:
        broker.close()
