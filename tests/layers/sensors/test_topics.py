from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from layers.errors import InputError
from layers.sensors import csv, quality, topics
from layers.sensors.topics import Message
from tests.layers.sensors.things import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = topics.read_topics(ROOT / "examples" / "listen" / "topics.csv")


def heard(*messages: Message) -> tuple[pd.DataFrame, csv.Tally]:
    tally = csv.Tally()
    blocks = list(topics.readings(SHIPPED, messages, tally))
    return (pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()), tally


def reasons(tally: csv.Tally) -> dict[str, int]:
    return dict(tally.drops.frame().set_index("reason")["count"])


def test_the_shipped_map_reads_what_its_readme_shows() -> None:
    weather = b'{"time": 1406851200, "temperature": 21.5, "humidity": 60, "place": {"lon": 10.2, "lat": 56.1}}'
    found, tally = heard(
        Message("weather/roof", weather),
        Message("counter/7/minute", b'{"time": 1406851260, "vehicles": "12"}'),
    )
    assert found["series"].tolist() == [
        "town:roof:temperature", "town:roof:humidity", "town:7:vehicles",
    ]  # fmt: skip
    assert found["value"].tolist() == [21.5, 60.0, 12.0]
    assert found["time"].tolist() == [
        pd.Timestamp("2014-08-01T00:00", tz="UTC"), pd.Timestamp("2014-08-01T00:00", tz="UTC"),
        pd.Timestamp("2014-08-01T00:01", tz="UTC"),
    ]  # fmt: skip
    stations = csv.stations(tally)
    assert stations.loc["town:roof:humidity", "geometry"].coords[0] == (10.2, 56.1)
    assert not tables.schema("stations").faults(stations)


BAD_MESSAGES = {
    "no-json": ("weather/a", b"21.5 degrees", "payload is no JSON"),
    "empty": ("weather/a", b"", "payload is no JSON"),
    "not-utf-8": ("weather/a", b"\xff\xfe\x00", "payload is no JSON"),
    "nan": ("weather/a", b'{"time": 1, "temperature": NaN}', "payload is no JSON"),
    "deep": ("weather/a", b"[" * 100_000, "payload is no JSON"),
    "many-digits": ("weather/a", b"1" * 10_000, "payload is no JSON"),
    "large": ("weather/a", b" " * 1_000_001, "payload is too large"),
    "other-topic": ("wind/a", b"{}", "topic is not in the map"),
    "no-time": ("counter/a/minute", b'{"vehicles": 1}', "no time"),
    "odd-time": ("counter/a/minute", b'{"time": 1e300, "vehicles": 1}', "no time"),
    "no-value": ("counter/a/minute", b'{"time": 1406851260}', "no value"),
    "value-is-true": ("counter/a/minute", b'{"time": 1, "vehicles": true}', "not a number"),
    "value-is-a-list": ("counter/a/minute", b'{"time": 1, "vehicles": [1]}', "not a number"),
    "value-is-text": ("counter/a/minute", b'{"time": 1, "vehicles": "many"}', "not a number"),
    "value-is-huge": ("counter/a/minute", b'{"time": 1, "vehicles": 1e999}', "not a number"),
    "bare-number": ("counter/a/minute", b"7", "no value"),
    "no-station": ("counter//minute", b'{"time": 1, "vehicles": 1}', "no station"),
}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"), BAD_MESSAGES.values(), ids=list(BAD_MESSAGES)
)
def test_messages_that_cannot_be_used_are_counted(topic: str, payload: bytes, reason: str) -> None:
    found, tally = heard(Message(topic, payload))
    assert found.empty
    assert reason in reasons(tally)
    assert tally.rows == sum(reasons(tally).values())


HEAD = "topic,ours,theirs,fixed,quantity,unit\n"
GOOD = ("x/+,station,topic:2,,,\nx/+,time,/t,,,\nx/+,value,payload,,vehicles,veh\n"
        ",source,,t,,\n,grade,,sensor,,\n,licence,,CC0,,\n,timezone,,UTC,,\n")  # fmt: skip
BAD_MAPS = {
    "empty": ("", "empty"),
    "no-columns": ("a,b\n1,2\n", "needs the columns"),
    "no-topic": ("ours,theirs,fixed,quantity,unit\ntime,/t,,,\n", "names no topic"),
    "column": (HEAD + GOOD.replace("/t", "t"), "no place in a message"),
    "level-0": (HEAD + GOOD.replace("topic:2", "topic:0"), "no place in a message"),
    "half-wild": (HEAD + GOOD.replace("x/+", "x/a+"), "no topic filter"),
    "hash-first": (HEAD + GOOD.replace("x/+", "#/x"), "no topic filter"),
    "no-time": (HEAD + GOOD.replace("x/+,time,/t,,,\n", ""), "time: is missing"),
    "no-unit": (HEAD + GOOD.replace(",veh\n", ",\n"), "cannot be turned"),
    "no-licence": (HEAD + GOOD.replace(",licence,,CC0,,\n", ""), "licence: is missing"),
    "two-sources": (
        HEAD + GOOD.replace(",source,,t,,\n", "x/+,source,,t,,\ny,source,,u,,\n")
        + "y,station,topic:1,,,\ny,time,/t,,,\ny,value,payload,,vehicles,veh\n",
        "one map per source",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), BAD_MAPS.values(), ids=list(BAD_MAPS))
def test_maps_that_cannot_be_used_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        topics.read_topics(path)


def test_local_clocks_and_bare_numbers(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    pointers = GOOD.replace("payload", "/a~1b/1/c~0d").replace("UTC", "Europe/Copenhagen")
    path.write_text(HEAD + pointers)
    payload = json.dumps({"t": "2014-10-26T02:30", "a/b": [0, {"c~d": 5}]}).encode()
    tally = csv.Tally()
    found = pd.concat(topics.readings(topics.read_topics(path), [Message("x/1", payload)], tally))
    assert found["value"].tolist() == [5.0]
    assert found["time"].tolist() == [pd.Timestamp("2014-10-26T00:30", tz="UTC")]
    assert found["flags"].tolist() == [quality.bits()["ambiguous_hour"]]


MATCHES = {
    # MQTT 3.1.1, sections 4.7.1 and 4.7.2: the examples of the standard.
    "sport/tennis/player1/#": (
        ["sport/tennis/player1", "sport/tennis/player1/ranking", "sport/tennis/player1/score/w"],
        ["sport/tennis/player2", "sport/tennis"],
    ),
    "sport/#": (["sport"], ["sports"]),
    "sport/tennis/+": (["sport/tennis/player1"], ["sport/tennis/player1/ranking", "sport/tennis"]),
    "sport/+": (["sport/"], ["sport"]),
    "+/+": (["/finance"], ["finance"]),
    "/+": (["/finance"], ["finance"]),
    "+": (["finance"], ["/finance", "$SYS"]),
    "#": (["a/b", "/"], ["$SYS/x"]),
    "$SYS/#": (["$SYS/x"], ["SYS/x"]),
}


@pytest.mark.parametrize(("pattern", "cases"), MATCHES.items(), ids=list(MATCHES))
def test_filters_match_as_the_standard_says(
    pattern: str, cases: tuple[list[str], list[str]]
) -> None:
    yes, no = cases
    assert [topics.matches(pattern, name) for name in yes + no] == [True] * len(yes) + [
        False
    ] * len(no)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["time", "vehicles", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
PAYLOAD = st.binary(max_size=60) | JSON.map(lambda data: json.dumps(data).encode())
TOPIC = st.sampled_from(["counter/1/minute", "counter/2/minute", "weather/x", "other"])


@settings(max_examples=60, deadline=None)
@given(messages=st.lists(st.tuples(TOPIC, PAYLOAD), min_size=1, max_size=5))
def test_any_payload_is_a_reading_or_counted(messages: list[tuple[str, Any]]) -> None:
    found, tally = heard(*(Message(topic, payload) for topic, payload in messages))
    assert tally.kept == len(found)
    assert tally.rows == len(found) + sum(reasons(tally).values())
    assert tally.rows >= len(messages)
