from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner

from layers.errors import FetchError, InputError
from layers.sensors import documents, mqtt, topics
from layers.sensors.columns import Entry
from layers.sensors.sensorthings import Service
from tests.layers.sensors import broker, publisher, things
from tests.twin.cities import tiny
from twin import live, readings, store
from twin.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from tests.layers.sensors.broker import Mosquitto
    from twin.live import Heard

LAST = 12_000
MAP = """topic,ours,theirs,fixed,quantity,unit
x/+,station,topic:2,,,
x/+,time,/time,,,s
x/+,value,/value,,vehicles,veh
,source,,t,,
,grade,,sensor,,
,licence,,CC0,,
,timezone,,UTC,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.csv").write_text(MAP)
    return tmp_path


def start(folder: Path, address: str) -> subprocess.Popen[str]:
    """Start the real command in a process of its own."""
    command = [sys.executable, "-m", "twin.cli", "listen", str(folder / "a.twin"), "--mqtt", address,
               "--map", str(folder / "map.csv"), "--json"]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def first_batch(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert '"new"' in process.stdout.readline()


def publish(port: int, first: int, last: int, rate: float = 1e9) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.layers.sensors.publisher",
               *map(str, (port, first, last, 1, rate))]  # fmt: skip
    return subprocess.Popen(command, cwd=things.ROOT, stdout=subprocess.DEVNULL, text=True)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def rows(folder: Path) -> int:
    with readings.open(folder / "a.twin") as found:
        return int(found.series()["rows"].sum())


def expected(last: int) -> pd.DataFrame:
    numbers = pd.RangeIndex(last)
    frame = pd.DataFrame({
        "series": [f"t:{n % 10}:vehicles" for n in numbers],
        "time": pd.to_datetime(1_400_000_000 + numbers, unit="s", utc=True),
        "value": [float(n % 1000) for n in numbers],
    })  # fmt: skip
    return frame.sort_values(["series", "time"], ignore_index=True)


def assert_all_there(folder: Path, last: int) -> None:
    with readings.open(folder / "a.twin") as found:
        table = found.read()[["series", "time", "value"]]
    pd.testing.assert_frame_equal(table, expected(last), check_dtype=False)


def test_kills_and_broker_restarts_lose_and_double_nothing(folder: Path) -> None:
    store.save(tiny(), folder / "a.twin")
    with broker.mosquitto(folder) as running:
        listener = start(folder, running.address)
        until(lambda: running.listeners == 1)
        sender = publish(running.port, 0, LAST, rate=1200)
        first_batch(listener)
        listener.kill()
        listener.communicate()
        before = rows(folder)
        assert 0 < before < LAST
        listener = start(folder, running.address)
        until(lambda: running.listeners == 2)
        first_batch(listener)
        assert sender.poll() is None
        running.stop()
        time.sleep(0.3)
        running.start()
        assert sender.wait(60) == 0
        until(lambda: rows(folder) == LAST)
        listener.send_signal(signal.SIGTERM)
        told = listener.communicate(timeout=60)[0]
        assert listener.returncode == 0
    last = json.loads(told[told.rindex("{\n") :])
    assert last["connections"] >= 2
    assert last["not_used"] == {}
    assert_all_there(folder, LAST)
    city = store.open(folder / "a.twin")
    assert sorted(city.stations.index) == sorted(f"t:{n}:vehicles" for n in range(10))
    assert city.sources.loc["t", "licence"] == "CC0"


def heard(folder: Path, running: Mosquitto, messages: int) -> Heard:
    """Listen in this process until some messages came, or nothing comes any more."""
    maps = topics.read_topics(folder / "map.csv")
    chosen = mqtt.broker(running.address, "test")
    seen, deadline = [0], [time.monotonic() + 3]

    def tell(found: Heard) -> None:
        seen[0], deadline[0] = found.messages, time.monotonic() + 3

    def stop() -> bool:
        return seen[0] >= messages or time.monotonic() > deadline[0]

    (folder / "a.twin").mkdir(exist_ok=True)
    return live.listen(folder / "a.twin", chosen, maps, stop=stop, tell=tell)


def test_late_repeated_and_shuffled_messages_make_the_same_table(folder: Path) -> None:
    with broker.mosquitto(folder) as running:
        heard(folder, running, 0)
        publisher.publish(running.port, 400, 600, 1, 1e9)
        publisher.publish(running.port, 0, 500, 1, 1e9)
        publisher.publish(running.port, 100, 450, 1, 1e9)
        found = heard(folder, running, 1050)
    assert found.messages == 1050
    assert found.counts.new == 600
    assert found.counts.duplicate == 450
    assert_all_there(folder, 600)


def test_what_is_not_acknowledged_comes_again(folder: Path) -> None:
    with broker.mosquitto(folder) as running:
        chosen = mqtt.broker(running.address, "test")
        with mqtt.Session(chosen, ["x/+"]) as session:
            publisher.publish(running.port, 0, 300, 1, 1e9)
            assert len(session.collect(300, 5, lambda: False)) == 300
        with mqtt.Session(chosen, ["x/+"]) as session:
            again = session.collect(300, 5, lambda: False)
            assert [json.loads(one.payload)["value"] for one in again] == list(range(300))
            session.acknowledge()
            # The listener goes on listening; a connection cut at once may lose what it just sent.
            assert session.collect(300, 1, lambda: False) == []
        with mqtt.Session(chosen, ["x/+"]) as session:
            assert session.collect(300, 0.5, lambda: False) == []


def test_default_settings_of_the_broker_lose_what_the_shipped_ones_keep(folder: Path) -> None:
    counts = {}
    for name, text in (("shipped", None), ("default", broker.DEFAULTS)):
        place = folder / name
        place.mkdir()
        (place / "map.csv").write_text(MAP)
        with broker.mosquitto(place, text) as running:
            heard(place, running, 0)
            publisher.publish(running.port, 0, 3000, 1, 1e9)
            running.stop()
            running.start()
            counts[name] = heard(place, running, 3000).counts.new
    assert counts == {"shipped": 3000, "default": 0}


def test_numbers_of_an_older_connection_are_not_acknowledged_on_a_new_one(folder: Path) -> None:
    with broker.mosquitto(folder) as running:
        chosen = mqtt.broker(running.address, "test")
        with mqtt.Session(chosen, ["x/+"]) as session:
            publisher.publish(running.port, 0, 50, 1, 1e9)
            until(lambda: bool(session._client.loop(timeout=0.1)) or len(session._come) == 50, 20)
            running.stop()
            running.start()
            until(lambda: bool(session._client.loop(timeout=0.1)), 20)
            session._again(lambda: False)
            assert [one.quality for one in session._come] == [0] * 50
            assert session._due == []
            until(lambda: bool(session._client.loop(timeout=0.1)) or len(session._come) == 100, 20)
            taken = session.collect(1000, 1, lambda: False)
            assert [one.quality for one in taken] == [0] * 50 + [1] * 50
            assert [one.payload for one in taken[:50]] == [one.payload for one in taken[50:]]


def test_waiting_for_a_broker_ends_when_told_to_stop(folder: Path) -> None:
    with broker.mosquitto(folder) as running:
        naps: list[float] = []
        chosen = mqtt.broker(running.address, "test")
        with mqtt.Session(chosen, ["x/+"], sleep=naps.append) as session:
            running.stop()
            assert session.collect(10, 60, lambda: len(naps) > 3) == []
    assert len(naps) == 4


def test_a_broker_that_is_not_there_is_told(folder: Path) -> None:
    maps = topics.read_topics(folder / "map.csv")
    (folder / "a.twin").mkdir()
    away = mqtt.broker(f"127.0.0.1:{things.free_port()}", "test")
    with pytest.raises(FetchError, match="cannot be reached"):
        live.listen(folder / "a.twin", away, maps, stop=lambda: False)


def test_a_broker_that_refuses_is_told(folder: Path) -> None:
    closed = broker.CONF.read_text().replace("allow_anonymous true", "allow_anonymous false")
    with (
        broker.mosquitto(folder, closed) as running,
        pytest.raises(FetchError, match="lets nobody listen"),
    ):
        heard(folder, running, 1)


@pytest.mark.parametrize(
    "address",
    ["", "://", "http://a", "mqtt://", "mqtt://u:p@host", "host:port", "host:99999", "host/path",
     "mqtt://[::1"],
)  # fmt: skip
def test_addresses_that_are_no_broker_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="no address of a broker"):
        mqtt.broker(address, "test")


def test_addresses_of_brokers() -> None:
    assert mqtt.broker("host", "c").address == "host:1883"
    assert mqtt.broker("mqtts://host", "c").tls
    assert mqtt.broker("mqtts://host", "c").address == "host:8883"
    assert mqtt.broker("[::1]:7", "c").address == "::1:7"


def test_a_service_is_read_on_from_where_it_was(tmp_path: Path) -> None:
    facts = documents.facts("test", (
        Entry("source", fixed="sta"), Entry("grade", fixed="sensor"), Entry("licence", fixed="CC0"),
    ))  # fmt: skip
    asked: list[str] = []

    def answer(path: str, _times: int) -> things.Reply:
        if path.startswith("/Datastreams"):
            return things.page(things.stream_entity("/Observations"))
        asked.append(path)
        hours = range(3) if "filter" not in path else range(2, 5)
        return things.page(*({"phenomenonTime": f"2014-08-01T0{n}:00:00Z", "result": n}
                             for n in hours))  # fmt: skip

    store.save(tiny(), tmp_path / "a.twin")
    with things.odd_service(answer) as (root, _):
        service = Service(root, facts)
        first = live.pull(tmp_path / "a.twin", service)
        second = live.pull(tmp_path / "a.twin", service)
    assert (first.counts.new, second.counts.new, second.counts.duplicate) == (3, 2, 1)
    assert "filter=phenomenonTime+ge+2014-08-01T02:00:00" in asked[1].replace("%3A", ":")
    live.keep_stations(tmp_path / "a.twin", second, facts.mapping, "127.0.0.1")
    assert store.open(tmp_path / "a.twin").stations["unit"].to_dict() == {
        "sta:roof:temperature": "degC"
    }


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["listen", *arguments])


def test_entities_are_taken_by_the_command(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "a.twin")
    entity = {
        "id": "roof", "intensity":
        {"type": "Property", "value": 4, "observedAt": "2014-08-01T00:00:00Z"},
    }  # fmt: skip
    (tmp_path / "entities.json").write_text(json.dumps([entity]))
    facts = str(things.ROOT / "examples" / "listen" / "facts.csv")
    options = ("--ngsi-ld", str(tmp_path / "entities.json"), "--map", facts)
    done = command(str(tmp_path / "a.twin"), *options, "--json")
    assert json.loads(done.output)["new"] == 1
    again = command(str(tmp_path / "a.twin"), *options)
    assert again.output.startswith("0 new, 0 changed, 1 known already")
    assert store.open(tmp_path / "a.twin").stations.index.tolist() == ["town:roof:vehicles"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "Name one source"),
        (["--mqtt", "a", "--ngsi-ld", "b"], 2, "Name one source"),
        (["--mqtt", "http://a"], 3, "no address of a broker"),
        (["--sensorthings", "nowhere"], 3, "nowhere"),
        (["--ngsi-ld", "nothing.json"], 3, "no such file"),
    ],
    ids=["none", "two", "no-broker", "no-service", "no-file"],
)
def test_sources_that_cannot_be_used_are_told(
    tmp_path: Path, options: list[str], code: int, said: str
) -> None:
    store.save(tiny(), tmp_path / "a.twin")
    name = "topics.csv" if "--mqtt" in options else "facts.csv"
    facts = str(things.ROOT / "examples" / "listen" / name)
    done = command(str(tmp_path / "a.twin"), *options, "--map", facts)
    assert done.exit_code == code
    assert said in done.output
