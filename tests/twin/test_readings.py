from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin.cities import tiny
from twin import inbox, months, readings, store
from twin.errors import StoreError
from twin.readings import Counts

if TYPE_CHECKING:
    from pathlib import Path


def table(*told: tuple[str, str, float, str]) -> pd.DataFrame:
    """Rows of series, time, value and result time."""
    series, when, value, result = zip(*told, strict=True)
    return pd.DataFrame(
        {
            "series": series,
            "time": pd.to_datetime(list(when), utc=True, format="ISO8601"),
            "value": value,
            "result_time": pd.to_datetime(list(result), utc=True, format="ISO8601"),
        }
    )


def test_newest_result_wins_and_every_row_is_counted(tmp_path: Path) -> None:
    with readings.open(tmp_path) as book:
        first = book.ingest(table(("a", "2014-08-01", 1.0, "2014-08-02")))
        changed = book.ingest(table(("a", "2014-08-01", 2.0, "2014-08-04")))
        late = book.ingest(table(("a", "2014-08-01", 3.0, "2014-08-03")))
        again = book.ingest(table(("a", "2014-08-01", 2.0, "2014-08-04")))
        void = book.ingest(table(("", "2014-08-01", 2.0, ""), ("a", "", 1.0, ""),
                                  ("a", "2014-08-01", np.inf, "")))  # fmt: skip
        assert first == Counts(new=1)
        assert changed == Counts(changed=1)
        assert late == Counts(late=1)
        assert again == Counts(duplicate=1)
        assert void == Counts(rejected=3)
        assert book.read("a")["value"].tolist() == [2.0]


def test_a_month_that_is_over_leaves_the_inbox_and_reads_the_same(tmp_path: Path) -> None:
    frame = table(("a", "2014-07-31T23:59", 1.0, ""), ("b", "2014-08-01", 2.0, ""))
    with readings.open(tmp_path) as book:
        book.ingest(frame)
        before = book.read()
        assert book.compact() == ["2014-07"]
        assert book.compact() == []
        pd.testing.assert_frame_equal(book.read(), before)
        assert book.ingest(frame) == Counts(duplicate=2)
        assert book.compact(everything=True) == ["2014-08"]
        pd.testing.assert_frame_equal(book.read(), before)
    assert sorted(file.name for file in (tmp_path / "readings").iterdir()) == [
        "2014-07.parquet", "2014-08.parquet",
    ]  # fmt: skip


def test_reading_gives_the_start_and_not_the_end(tmp_path: Path) -> None:
    hours = pd.date_range("2014-07-31", periods=48, freq="h", tz="UTC")
    with readings.open(tmp_path) as book:
        book.ingest(pd.DataFrame({"series": "a", "time": hours, "value": np.arange(48.0)}))
        for _ in range(2):
            found = book.read("a", hours[10], hours[30])
            assert found["value"].tolist() == list(range(10, 30))
            book.compact()


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a folder"):
        readings.open(tmp_path / "none")


rows = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["2014-07-31T23:00", "2014-08-01T00:00", "2014-08-15", "2014-09-01"]),
    st.integers(0, 3).map(float),
    st.sampled_from(["", "2014-10-01", "2014-10-02"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_order_and_repetition_leave_no_trace(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The table is that of a dictionary that keeps the largest (result, value) per key."""
    told = data.draw(st.lists(rows, min_size=1, max_size=25))
    expected: dict[tuple[str, pd.Timestamp], tuple[pd.Timestamp, float]] = {}
    for series, when, value, result in told:
        key = (series, pd.Timestamp(when, tz="UTC"))
        fact = (pd.Timestamp(result or when, tz="UTC"), value)
        expected[key] = max(expected.get(key, fact), fact)
    shuffled = data.draw(st.permutations(told + told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
    with readings.open(tmp_path_factory.mktemp("law")) as book:
        counts = Counts()
        for begin, end in pairwise([0, *cuts, len(shuffled)]):
            if end > begin:
                counts += book.ingest(table(*shuffled[begin:end]))
            if data.draw(st.booleans()):
                book.compact(everything=data.draw(st.booleans()))
        found = book.read()
        assert counts.rows == 2 * len(told)
        assert counts.new == len(expected) == book.series()["rows"].sum()
        again = book.ingest(table(*told))
        pd.testing.assert_frame_equal(book.read(), found)
    assert again.new == again.changed == 0
    assert {
        (row.series, row.time): (row.result_time, row.value) for row in found.itertuples()
    } == expected
    assert found[["series", "time"]].equals(
        found[["series", "time"]].sort_values(["series", "time"])
    )


WRITER = """
import sys
import pandas as pd
from twin import readings
begin = pd.Timestamp("2014-07-25", tz="UTC")
with readings.open(sys.argv[1]) as book:
    for batch in range(int(sys.argv[2]), 100_000):
        minutes = range(batch * 500, (batch + 1) * 500)
        times = begin + pd.to_timedelta(list(minutes), unit="min")
        frame = pd.DataFrame({"series": "s", "time": times, "value": [float(m) for m in minutes]})
        book.ingest(frame)
        print(batch, flush=True)
        if batch % 7 == 6:
            book.compact(everything=batch % 2 == 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_writer_loses_and_doubles_nothing_that_it_confirmed(tmp_path: Path) -> None:
    """Kill at any moment, while ingesting or compacting: confirmed batches are there once."""
    following, killed = 0, 0
    for delay in (0.02, 0.05, 0.11, 0.17, 0.23, 0.31):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(following)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        confirmed = [int(process.stdout.readline())]
        time.sleep(delay)
        process.kill()
        confirmed += [int(line) for line in process.stdout.read().split()]
        process.stdout.close()
        killed += process.wait() == -signal.SIGKILL
        with readings.open(tmp_path) as book:
            found = book.read("s")
        assert found["time"].is_unique
        whole = confirmed[-1] + 1
        assert len(found) in {500 * whole, 500 * (whole + 1)}  # the last one may be unconfirmed
        assert found["value"].tolist() == [float(n) for n in range(len(found))]
        following = whole
    assert killed == 6
    assert following > 6


def test_two_programs_may_write_and_read_at_once(tmp_path: Path) -> None:
    with readings.open(tmp_path) as one, readings.open(tmp_path) as two:
        one.ingest(table(("a", "2014-08-01", 1.0, "")))
        seen = readings.view(tmp_path)
        assert seen is not None
        two.ingest(table(("a", "2014-08-02", 2.0, "")))
        one.compact(everything=True)
        two.ingest(table(("b", "2014-08-03", 3.0, "")))
        assert one.read()["value"].tolist() == [1.0, 2.0, 3.0]
        assert seen.read()["value"].tolist() == [1.0]
        assert seen.series()["rows"].to_dict() == {"a": 2, "b": 1}
    assert readings.view(tmp_path / "none") is None


def test_what_came_in_is_counted_per_series(tmp_path: Path) -> None:
    with readings.open(tmp_path) as book:
        book.ingest(table(("a", "2014-08-03", 1.0, "2014-08-04")))
        book.ingest(table(("a", "2014-08-02", 1.0, "2014-08-04"),
                           ("a", "2014-08-03", 2.0, "2014-08-05"),
                           ("a", "2014-08-02", 9.0, "2014-08-03"),
                           ("b", "2014-08-02", 1.0, "2014-08-04")))  # fmt: skip
        told = book.series()
    assert told.loc["a", ["rows", "changed", "duplicate", "late", "disorder"]].tolist() == [
        2, 1, 0, 1, 1,
    ]  # fmt: skip
    assert told.loc["a", "last"] == pd.Timestamp("2014-08-03", tz="UTC")
    assert told.loc["b", "rows"] == 1


def test_a_damaged_inbox_or_month_is_named(tmp_path: Path) -> None:
    with readings.open(tmp_path) as book:
        book.ingest(table(("a", "2014-08-01", 1.0, "")))
        book.compact(everything=True)
        (tmp_path / "readings" / "2014-08.parquet").write_bytes(b"PAR1 nothing PAR1")
        with pytest.raises(StoreError, match="damaged"):
            book.read()
    other = tmp_path / "other"
    other.mkdir()
    (other / "readings.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="damaged"):
        readings.open(other)


def test_an_inbox_of_a_newer_toolkit_is_refused(tmp_path: Path) -> None:
    readings.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "readings.sqlite") as inbox:
        inbox.execute("PRAGMA user_version = 99")
    inbox.close()
    with pytest.raises(StoreError, match="Install a newer"):
        readings.open(tmp_path)


def test_times_without_a_zone_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    bare = pd.DataFrame({"series": ["a"], "time": [pd.Timestamp("2014-08-01")], "value": [1.0]})
    with readings.open(tmp_path) as book, pytest.raises(TypeError, match="time zone"):
        book.ingest(bare)


def test_a_failed_ingestion_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with readings.open(tmp_path) as book:
        monkeypatch.setattr(inbox, "tally", full)
        with pytest.raises(StoreError, match="disk is full"):
            book.ingest(table(("a", "2014-08-01", 1.0, "")))
        monkeypatch.undo()
        assert book.read().empty
        assert book.ingest(table(("a", "2014-08-01", 1.0, ""))) == Counts(new=1)


def test_large_months_are_written_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = pd.date_range("2014-08-01", periods=100, freq="min", tz="UTC")
    frame = pd.concat([
        pd.DataFrame({"series": f"s{n}", "time": times, "value": float(n)}) for n in range(9)
    ])  # fmt: skip
    monkeypatch.setattr(months, "BLOCK", 250)
    with readings.open(tmp_path) as book:
        book.ingest(frame)
        before = book.read()
        book.compact(everything=True)
        book.ingest(table(("s3", "2014-08-02", 7.0, "")))
        book.compact(everything=True)
        after = book.read()
    late = after["time"] == pd.Timestamp("2014-08-02", tz="UTC")
    pd.testing.assert_frame_equal(after[~late].reset_index(drop=True), before)
    parquet = pq.ParquetFile(tmp_path / "readings" / "2014-08.parquet")
    assert parquet.num_row_groups == 5
    parquet.close()


def test_a_twin_that_is_opened_sees_the_readings_of_then(tmp_path: Path) -> None:
    path = tmp_path / "tiny.twin"
    store.save(tiny(), path)
    assert store.open(path).readings is None
    with readings.open(path) as inbox_of_twin:
        inbox_of_twin.ingest(table(("a", "2014-08-01", 1.0, "")))
        city = store.open(path)
        inbox_of_twin.ingest(table(("a", "2014-08-02", 2.0, "")))
    assert city.readings is not None
    assert city.readings.read("a")["value"].tolist() == [1.0]
    assert city.replace(year=2031).readings == city.readings
    assert city == store.open(path)
    store.save(city.replace(name="other"), path)
    later = store.open(path).readings
    assert later is not None
    assert later.read()["value"].tolist() == [1.0, 2.0]
