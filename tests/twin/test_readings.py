from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from twin import readings
from twin.errors import StoreError
from twin.readings import Counts

if TYPE_CHECKING:
    from pathlib import Path


def table(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    """Rows of series, time, value and result time."""
    series, time, value, result = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "series": series,
            "time": pd.to_datetime(list(time), utc=True, format="ISO8601"),
            "value": value,
            "result_time": pd.to_datetime(list(result), utc=True, format="ISO8601"),
        }
    )


def test_newest_result_wins_and_every_row_is_counted(tmp_path: Path) -> None:
    with readings.open(tmp_path) as store:
        first = store.ingest(table(("a", "2014-08-01", 1.0, "2014-08-02")))
        changed = store.ingest(table(("a", "2014-08-01", 2.0, "2014-08-04")))
        late = store.ingest(table(("a", "2014-08-01", 3.0, "2014-08-03")))
        again = store.ingest(table(("a", "2014-08-01", 2.0, "2014-08-04")))
        void = store.ingest(table(("", "2014-08-01", 2.0, ""), ("a", "", 1.0, ""),
                                  ("a", "2014-08-01", np.inf, "")))  # fmt: skip
        assert first == Counts(new=1)
        assert changed == Counts(changed=1)
        assert late == Counts(late=1)
        assert again == Counts(duplicate=1)
        assert void == Counts(rejected=3)
        assert store.read("a")["value"].tolist() == [2.0]


def test_a_month_that_is_over_leaves_the_inbox_and_reads_the_same(tmp_path: Path) -> None:
    rows = table(("a", "2014-07-31T23:59", 1.0, ""), ("b", "2014-08-01", 2.0, ""))
    with readings.open(tmp_path) as store:
        store.ingest(rows)
        before = store.read()
        assert store.compact() == ["2014-07"]
        assert store.compact() == []
        pd.testing.assert_frame_equal(store.read(), before)
        assert store.ingest(rows) == Counts(duplicate=2)
        assert store.compact(everything=True) == ["2014-08"]
        pd.testing.assert_frame_equal(store.read(), before)
    assert sorted(file.name for file in (tmp_path / "readings").iterdir()) == [
        "2014-07.parquet", "2014-08.parquet",
    ]  # fmt: skip


def test_reading_gives_the_start_and_not_the_end(tmp_path: Path) -> None:
    hours = pd.date_range("2014-07-31", periods=48, freq="h", tz="UTC")
    with readings.open(tmp_path) as store:
        store.ingest(pd.DataFrame({"series": "a", "time": hours, "value": np.arange(48.0)}))
        for _ in range(2):
            found = store.read("a", hours[10], hours[30])
            assert found["value"].tolist() == list(range(10, 30))
            store.compact()


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a folder"):
        readings.open(tmp_path / "none")
