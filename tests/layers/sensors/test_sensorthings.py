from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from layers.errors import FetchError, InputError
from layers.fetch import Limits
from layers.sensors import csv, documents, sensorthings
from layers.sensors.columns import Entry
from layers.sensors.sensorthings import Service
from tests.layers.sensors import things

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FACTS = documents.facts("test", (
    Entry("source", fixed="sta"), Entry("grade", fixed="sensor"), Entry("licence", fixed="CC0"),
    Entry("value", "Air Temperature", quantity="temperature"),
))  # fmt: skip
QUICK = Limits(size=100_000, seconds=5, attempts=3)


def no_wait(_seconds: float) -> None:
    return


def service(root: str) -> Service:
    return Service(root, FACTS, QUICK, no_wait)


def everything(root: str, since: dict[str, pd.Timestamp] | None = None) -> pd.DataFrame:
    blocks = list(sensorthings.blocks(service(root), since or {}, csv.Tally()))
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with things.real_service(tmp_path_factory.mktemp("things")) as root:
        yield root


HOURS = pd.date_range("2014-08-01", periods=250, freq="h", tz="UTC")


def test_a_real_service_is_read_over_all_pages_and_on_from_the_last_time(real: str) -> None:
    warm = things.add_stream(real, "roof", "Air Temperature", "degF")
    odd = things.add_stream(real, "cellar", "colour", "degF")
    stamps = [hour.strftime("%Y-%m-%dT%H:%M:%SZ") for hour in HOURS]
    rows = [[stamp, stamp, 50 + n] for n, stamp in enumerate(stamps)]
    things.load(real, warm, rows[::-1])
    things.load(real, odd, rows[:3])
    tally = csv.Tally()
    found = pd.concat(sensorthings.blocks(service(real), {}, tally))
    found = found.drop_duplicates().sort_values("time")  # this service repeats rows between pages
    assert found["time"].tolist() == list(HOURS)
    assert found["value"].to_numpy() == pytest.approx([(18 + n) / 1.8 for n in range(250)])
    assert set(found["series"]) == {"sta:roof:temperature"}
    assert tally.drops.frame().set_index("reason")["count"].to_dict() == {
        "quantity or unit not known": 3
    }
    stations = csv.stations(tally)
    assert stations.loc["sta:roof:temperature", "geometry"].coords[0] == (10.2, 56.1)
    assert not tables.schema("stations").faults(stations)
    rest = everything(real, {"sta:roof:temperature": HOURS[240]})
    assert sorted(rest["time"]) == list(HOURS[240:])


def observation(hour: int, result: Any = 1.0) -> dict[str, Any]:
    return {"phenomenonTime": f"2014-08-01T{hour:02}:00:00Z", "resultTime": None, "result": result}


def test_a_service_that_lies_repeats_and_drops_connections_is_read_whole() -> None:
    def answer(path: str, times: int) -> things.Reply | None:
        if path.startswith("/Datastreams"):
            return things.page(things.stream_entity("/Observations"), **{"@iot.count": 900})
        if times == 1:
            return None if "page=2" in path else (503, b"", 0)
        if times == 2:
            return 200, b'{"value": [', 500
        if "page=2" in path:
            return things.page(observation(1), observation(2), **{"@iot.count": -1})
        return things.page(observation(0), observation(1), following="/Observations?page=2")

    with things.odd_service(answer) as (root, seen):
        found = everything(root)
    assert [time.hour for time in found["time"]] == [0, 1, 1, 2]
    assert len([path for path in seen if "named" not in path]) == 7


def test_intervals_begin_when_they_begin_and_odd_results_are_counted() -> None:
    rows = [
        {"phenomenonTime": "2014-08-01T00:00:00Z/2014-08-01T01:00:00Z", "result": 7},
        {"phenomenonTime": 7, "result": 7},
        {"phenomenonTime": "soon", "result": 7},
        {},
        *(observation(3, odd) for odd in (True, {"a": 1}, [1], "high", None, 10**400)),
        observation(4, "5.5"),
    ]

    def answer(path: str, _times: int) -> things.Reply:
        if path.startswith("/Datastreams"):
            return things.page(things.stream_entity("/Observations"))
        return things.page(*rows)

    tally = csv.Tally()
    with things.odd_service(answer) as (root, _):
        found = pd.concat(sensorthings.blocks(service(root), {}, tally))
    assert found["value"].tolist() == [7.0, 5.5]
    assert found["time"].tolist() == [HOURS[0], HOURS[4]]
    assert tally.drops.frame().set_index("reason")["count"].to_dict() == {
        "no time": 2, "no value": 2, "not a number": 5,
    }  # fmt: skip
    assert tally.rows == len(rows)


DEEP = (200, b"[" * 100_000, 0)
BAD = {
    "not-found": ((404, b"", 0), "status 404"),
    "always-down": ((503, b"", 0), "no usable answer"),
    "closes": (None, "no usable answer"),
    "html": ((200, b"<html>", 0), "no JSON"),
    "empty": ((200, b"", 0), "no JSON"),
    "deep": (DEEP, "no JSON"),
    "nan": ((200, b'{"value": [NaN]}', 0), "no JSON"),
    "list": ((200, b"[]", 0), "no list of entities"),
    "value-is-text": ((200, b'{"value": "x"}', 0), "no list of entities"),
    "entities-are-numbers": ((200, b'{"value": [1]}', 0), "no list of entities"),
    "huge": ((200, b" " * 200_000, 0), "more than 100,000 bytes"),
    "same-page-again": (things.page(following="/Datastreams"), "page again"),
    "next-elsewhere": (things.page(following="http://example.org/x"), "another server"),
    "next-other-port": (things.page(following="http://127.0.0.1:1/x"), "another server"),
    "next-other-scheme": (things.page(following="file:///etc/passwd"), "another server"),
    "next-no-address": (things.page(following="http://[::1"), "no address"),
    "next-is-a-list": (things.page(following=["a"]), "page again|no list|no address"),
    "stream-elsewhere": (
        things.page(things.stream_entity("http://169.254.169.254/x")), "another server",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "reason"), BAD.values(), ids=list(BAD))
def test_bad_answers_are_refused_in_plain_words(reply: things.Reply | None, reason: str) -> None:
    with (
        things.odd_service(lambda _path, _times: reply) as (root, seen),
        pytest.raises(FetchError, match=reason),
    ):
        everything(root)
    assert len(seen) <= 5


def test_pages_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = dict(tables.figures("sensor_limits")) | {"pages": 4}
    monkeypatch.setattr(sensorthings, "_figure", lambda name: int(figures[name]))

    def answer(path: str, _times: int) -> things.Reply:
        return things.page(following=f"/Datastreams?n={len(path)}{path[-3:]}x")

    with (
        things.odd_service(answer) as (root, seen),
        pytest.raises(FetchError, match="more than 4 pages"),
    ):
        everything(root)
    assert len(seen) == 4


@pytest.mark.parametrize("url", ["", "no address", "file:///etc/passwd", "http://[", "ftp://a/b"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(FetchError):
        everything(url)


def test_streams_that_say_too_little_are_counted() -> None:
    odd = [
        {}, {"Thing@iot.navigationLink": 7}, things.stream_entity("/O", name=""), things.stream_entity("/O", name=[1]),
        things.stream_entity("/O", measured=None), things.stream_entity("/O"),
        things.stream_entity("/P"),
    ]  # fmt: skip
    tally = csv.Tally()
    with things.odd_service(lambda _path, _times: things.page(*odd)) as (root, _):
        found = sensorthings.streams(service(root), tally)
    assert [one.link for one in found] == ["/O"]
    assert tally.drops.frame().set_index("reason")["count"].to_dict() == {
        "a datastream says too little": 5, "repeats a datastream": 1,
    }  # fmt: skip


NO_FACTS = {
    "nothing": ([], "source is missing|is missing"),
    "no-licence": ([("source", "", "a"), ("grade", "", "sensor")], "licence is missing|licence"),
    "unknown-grade": ([("source", "", "a"), ("grade", "", "x"), ("licence", "", "CC0")], "grade"),
    "time-told": ([("time", "t", "")], "is not told of a service"),
    "station-told": ([("station", "", "x")], "is not told of a service"),
    "no-quantity": ([("value", "x", "", "gravity")], "is not a quantity"),
    "no-unit": ([("value", "x", "", "temperature", "furlong")], "cannot be turned"),
    "no-name": ([("value", "", "", "temperature")], "names nothing"),
    "twice": ([("value", "x", "", "humidity"), ("value", "X", "", "humidity")], "twice"),
    "fact-twice": ([("source", "", "a"), ("source", "", "b")], "twice"),
}


@pytest.mark.parametrize(("rows", "reason"), NO_FACTS.values(), ids=list(NO_FACTS))
def test_facts_that_cannot_be_used_are_refused(rows: list[Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        documents.facts("test", [Entry(*row) for row in rows])


def test_facts_come_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        "ours,theirs,fixed,quantity,unit\nsource,,a,,\ngrade,,sensor,,\nlicence,,CC0,,\n"
        "value,Wind,,wind_speed,km/h\n"
    )
    found = documents.read_facts(path)
    assert found.mapping.fixed("source") == "a"
    assert found.meant("wind", "") == ("wind_speed", "km/h")
    assert found.meant("humidity", "%") == ("humidity", "%")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["phenomenonTime", "result", "resultTime", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
WHEN = st.text(max_size=30) | st.datetimes().map(lambda when: when.isoformat() + "Z")


@settings(max_examples=60, deadline=None)
@given(
    entities=st.lists(
        st.fixed_dictionaries(
            {}, optional={"phenomenonTime": JSON | WHEN, "resultTime": JSON | WHEN, "result": JSON}
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_any_observation_is_a_reading_or_counted(entities: list[dict[str, Any]]) -> None:
    cells = {"station": "s", "quantity": "temperature", "unit": "degC"}
    rows = [sensorthings._row(json.loads(json.dumps(one)), cells) for one in entities]
    tally = csv.Tally()
    kept = sum(len(one) for one in documents.readings("x", rows, FACTS.mapping, tally))
    assert tally.rows == len(entities) == kept + tally.drops.frame()["count"].sum()
