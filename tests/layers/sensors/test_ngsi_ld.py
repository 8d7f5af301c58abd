from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from layers.errors import InputError
from layers.fetch import Limits
from layers.sensors import csv, documents, ngsi_ld
from layers.sensors.columns import Entry
from tests.layers.sensors import things

if TYPE_CHECKING:
    from pathlib import Path

FACTS = documents.facts("test", (
    Entry("source", fixed="ld"), Entry("grade", fixed="sensor"), Entry("licence", fixed="CC0"),
    Entry("value", "intensity", quantity="vehicles", unit="1"),
))  # fmt: skip
QUICK = Limits(size=100_000, seconds=5, attempts=2)


def no_wait(_seconds: float) -> None:
    return


def taken(source: Path | str) -> tuple[pd.DataFrame, csv.Tally]:
    tally = csv.Tally()
    blocks = list(ngsi_ld.read(source, FACTS, tally, limits=QUICK, sleep=no_wait))
    return (pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()), tally


def written(folder: Path, data: Any) -> Path:
    path = folder / "entities.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def measured(value: Any, hour: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2014-08-01T{hour:02}:00:00Z"} | more


# Of our own making, in the shape of the standard: ETSI GS CIM 009, annex C.
ENTITY = {
    "@context": "http://169.254.169.254/context.jsonld",
    "id": "urn:ngsi-ld:Roof:1",
    "type": "WeatherObserved",
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.2, 56.1]}},
    "name": {"type": "Property", "value": "roof"},
    "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:1"},
    "temperature": measured(68, unitCode="FAH"),
    "https://example.org/terms#humidity": measured(0.5, unitCode="C62"),
    "intensity": [measured(4, 0), measured(5, 1), measured(6, 2)],
    "colour": measured("red"),
    "noise": {"type": "Property", "value": 50, "unitCode": "2N"},
}


def test_an_entity_becomes_readings_and_the_rest_is_counted(tmp_path: Path) -> None:
    found, tally = taken(written(tmp_path, ENTITY))
    table = found.set_index(["series", "time"])["value"]
    zero = pd.Timestamp("2014-08-01T00:00", tz="UTC")
    roof = "ld:urn:ngsi-ld:Roof:1:"
    assert table[f"{roof}temperature", zero] == pytest.approx(20.0)
    assert table[f"{roof}humidity", zero] == pytest.approx(50.0)
    assert table[f"{roof}vehicles"].tolist() == [4.0, 5.0, 6.0]
    assert tally.drops.frame().set_index("reason")["count"].to_dict() == {
        "no time": 1, "not a number": 1, "property is no reading: it has no observedAt": 1,
    }  # fmt: skip
    assert tally.rows == len(found) + 2
    stations = csv.stations(tally)
    assert stations.loc[f"{roof}vehicles", "geometry"].coords[0] == (10.2, 56.1)
    assert not tables.schema("stations").faults(stations)


def test_pages_of_an_address_are_read_to_the_last() -> None:
    def answer(path: str, times: int) -> things.Reply | None:
        if times == 1:
            return None
        offset = int(path.split("offset=")[1]) if "offset=" in path else 0
        many = [ENTITY | {"id": f"e{n}"} for n in range(offset, min(offset + 2, 5))]
        return 200, json.dumps(many).encode(), 0

    with things.odd_service(answer) as (root, seen):
        found, _ = taken(f"{root}/entities?limit=2&type=WeatherObserved")
    assert found["series"].str.endswith("temperature").sum() == 5
    assert len(seen) == 2 * 3


BAD = {
    "empty": (b"", "empty"),
    "no-json": (b"{", "no JSON"),
    "nan": (b'[{"id": NaN}]', "no JSON"),
    "deep": (b"[" * 100_000, "no JSON"),
    "not-utf-8": (b'{"id": "\xff"}', "no JSON"),
    "number": (b"7", "holds no entities"),
    "list-of-numbers": (b"[1, 2]", "holds no entities"),
    "no-entity": (b'{"type": "FeatureCollection", "features": []}', "has no id"),
    "xml": (b"<entities/>", "but is XML"),
    "archive": (b"PK\x03\x04 and more", "but is a zip"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=list(BAD))
def test_bad_files_are_refused_in_plain_words(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        taken(written(tmp_path, content))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(None, "no usable answer"), ((404, b"", 0), "status 404"), ((200, b"<p>", 0), "no JSON"),
     ((200, b" " * 200_000, 0), "more than 100,000 bytes")],
    ids=["closes", "not-found", "html", "huge"],
)  # fmt: skip
def test_bad_answers_are_refused_in_plain_words(reply: things.Reply | None, reason: str) -> None:
    with (
        things.odd_service(lambda _path, _times: reply) as (root, _),
        pytest.raises(InputError, match=reason),
    ):
        taken(f"{root}/entities")


@pytest.mark.parametrize(
    "source", ["ftp://a/b", "http://[", "https://", "file:///etc/passwd", "a.exe"]
)
def test_sources_that_are_none_are_refused(source: str) -> None:
    with pytest.raises(InputError):
        taken(source)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "value", "observedAt", "unitCode", "coordinates"]), inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
PROPERTY = st.fixed_dictionaries(
    {"type": st.just("Property")},
    optional={
        "value": JSON,
        "observedAt": JSON | st.just("2014-08-01T00:00:00Z"),
        "unitCode": JSON,
    },
)


@settings(max_examples=60, deadline=None)
@given(
    data=st.dictionaries(
        st.sampled_from(["id", "type", "location", "temperature", "noise", "x/y"]),
        JSON | PROPERTY | st.lists(PROPERTY, max_size=2) | st.just("s"),
    )
)
def test_any_entity_is_readings_or_counted(data: dict[str, Any]) -> None:
    tally = csv.Tally()
    rows = ngsi_ld._rows(json.loads(json.dumps(data)), FACTS, tally)
    before = tally.rows
    kept = sum(len(one) for one in documents.readings("x", rows, FACTS.mapping, tally))
    assert tally.rows == before + len(rows)
    assert tally.kept == kept
    lost = [count for (_, why), (count, _) in tally.drops.rows.items() if "observedAt" not in why]
    assert tally.rows == kept + sum(lost)
