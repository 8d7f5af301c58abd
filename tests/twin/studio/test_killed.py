"""A studio that is killed in the middle of everything loses nothing that it said it had."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx

from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_people import opened
from twin import contributions, scenario
from twin.studio import drafts

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH = 4
"""Rounds before the studio is killed."""
SCRIPT = """
import sys, time
from pathlib import Path
import uvicorn
from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.served import TRAFFIC
from twin import cli_studio
from twin.domain import Domain
from twin.studio import app, guard

calls = []
def slow(city, warm, progress):
    calls.append(1)
    if len(calls) > 1:
        time.sleep(60)
    return TRAFFIC.run(city, warm, progress)

held = cli_studio._socket("127.0.0.1", 0)
keys = guard.local(held.getsockname()[1])
domain = Domain("traffic", "Traffic", ("streets",), lambda city: "", slow)
print(held.getsockname()[1], keys.token, flush=True)
made = served.made(Path(sys.argv[1]), domain)
uvicorn.Server(cli_studio.config(app.make(made, keys))).run(sockets=[held])
"""


def test_no_saved_plan_and_no_accepted_contribution_is_lost(tmp_path: Path) -> None:
    root = served.folder(tmp_path)
    opened(root)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(root)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port, token = process.stdout.readline().split()
        plans, said = _busy(f"http://127.0.0.1:{port}", token, process)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
    assert plans
    assert said
    kept = {name: drafts.get(root, name) for name in drafts.names(root)}
    for name, state in plans.items():
        assert kept[name].state >= state
        scenario.parse(kept[name].text(), tiny())
    assert set(said) <= set(contributions.table(root)["text"])
    drafts.create(root, "after", {"interventions": []})  # and it can be written again


def _busy(
    address: str, token: str, process: subprocess.Popen[str]
) -> tuple[dict[str, int], list[str]]:
    """Save and send until the process is killed, in the middle of a simulation."""
    plans: dict[str, int] = {}
    said: list[str] = []
    with httpx.Client(base_url=address, timeout=20.0, trust_env=False) as client:
        _come_in(client, token)
        page = client.get("/").text
        headers = {
            "Origin": address, "X-Studio-Token": page.split('"token":"')[1].split('"')[0],
        }  # fmt: skip
        while not client.get("/api/state").json()["ready"]:
            time.sleep(0.05)
        killer = threading.Timer(0.3, lambda: os.kill(process.pid, signal.SIGKILL))
        try:
            for number in range(10_000):
                _save(client, headers, number, plans, said)
                if number == ENOUGH:
                    killer.start()
        except httpx.TransportError:
            pass
        finally:
            killer.cancel()
    return plans, said


def _come_in(client: httpx.Client, token: str) -> None:
    for _ in range(600):
        try:
            assert client.get(f"/?token={token}").status_code == 303
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return


def _save(
    client: httpx.Client, headers: dict[str, str], number: int, plans: dict[str, int],
    said: list[str],
) -> None:  # fmt: skip
    name = f"plan-{number}"
    begun = client.post("/api/plans", json={"name": name}, headers=headers)
    if begun.status_code == 201:
        plans[name] = begun.json()["state"]
        body = {"interventions": [served.filter_on("w102:22-23")]}
        told = {"seen": plans[name], "body": body}
        changed = client.put(f"/api/plans/{name}", json=told, headers=headers)
        if changed.status_code == 200:
            plans[name] = changed.json()["state"]
    if number == 0:
        client.post("/api/runs", json={"plan": name}, headers=headers)
    told = {"schema": "contributions/1", "consultation": "quiet",
            "contributions": [{"kind": "comment", "text": f"said {number}"}]}  # fmt: skip
    if client.post("/public/contributions", json=told, headers=headers).status_code == 201:
        said.append(f"said {number}")
