"""Open the files of sensors, CSV or Parquet, and give their columns block by block."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from layers import tables
from layers.errors import Fault, InputError
from layers.texts import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from layers.sensors.columns import SensorMap

DELIMITERS: Final = ",;\t|"
CHARACTER: Final = 4
"""Most bytes of a character in UTF-8 [byte]."""

MISSING: Final = ("", "NA", "NaN", "nan", "null", "NULL", "None", "-", "--")


def frames(file: Path, mapping: SensorMap, odd: Callable[[int], None]) -> Iterator[pd.DataFrame]:
    """Blocks of the columns that a map needs, text or typed, with the row number as index.

    Parameters
    ----------
    file
        A file that `layers.files.checked` has passed.
    mapping
        Names the columns.
    odd
        Called with the number of each line that has a wrong number of cells.

    Raises
    ------
    InputError
        If a column is missing or the file is damaged.
    """
    source = _from_parquet if file.suffix.lower() == ".parquet" else _from_text
    start = 0
    for batch in source(file, mapping, odd):
        frame = batch.to_pandas()
        frame.index = pd.RangeIndex(start, start + len(frame))
        start += len(frame)
        if len(frame):
            yield frame


def _limit(name: str) -> int:
    return int(tables.figures("sensor_limits")[name])


def _check_header(file: Path, names: list[str], mapping: SensorMap) -> None:
    faults = [
        Fault(f"column {clip(name)}", "is in the map but not in the file.",
              f"The file has {', '.join(clip(one) for one in names[:30])}.")
        for name in mapping.columns if name not in names
    ]  # fmt: skip
    faults += [
        Fault(f"column {clip(name)}", "stands twice in the header.", "Rename one of them.")
        for name in mapping.columns if names.count(name) > 1
    ]  # fmt: skip
    if len(names) > _limit("columns"):
        faults.append(Fault("header", "has too many columns.", "Delete what is not needed."))
    if faults:
        raise InputError.of(file.name, faults)


def _from_parquet(
    file: Path, mapping: SensorMap, odd: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    del odd  # a Parquet file has no lines
    try:
        with pq.ParquetFile(file) as parquet:
            _check_header(file, list(parquet.schema_arrow.names), mapping)
            facts = parquet.metadata
            sizes = [facts.row_group(n).total_byte_size for n in range(facts.num_row_groups)]
            if max(sizes, default=0) > _limit("group_bytes"):
                raise InputError(
                    file.name, "", "Its row groups are too large.", "Write smaller ones."
                )
            yield from parquet.iter_batches(_limit("chunk_rows"), columns=mapping.columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            file.name, "", "The Parquet file is damaged.", "Export it again."
        ) from error


def _from_text(file: Path, mapping: SensorMap, odd: Callable[[int], None]) -> Iterator[pa.Table]:
    encoding, names, delimiter = _head(file, mapping)
    _check_header(file, names, mapping)
    options = pa_csv.ConvertOptions(
        include_columns=mapping.columns,
        column_types=dict.fromkeys(mapping.columns, pa.string()),
        null_values=list(MISSING),
        strings_can_be_null=True,
    )
    line = 0

    def skip(row: pa_csv.InvalidRow) -> str:
        odd(line + row.number)
        return "skip"

    try:
        for piece in _pieces(file, encoding):
            yield pa_csv.read_csv(
                pa.BufferReader(piece.encode()),
                pa_csv.ReadOptions(
                    column_names=names,
                    skip_rows=0 if line else 1,
                    block_size=2 * CHARACTER * _limit("chunk_bytes"),
                    use_threads=False,
                ),
                pa_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
                options,
            )
            line += piece.count("\n")
    except (pa.ArrowException, UnicodeError) as error:
        raise InputError(file.name, "", f"The text cannot be taken apart ({clip(str(error), 120)}).",
                         "Save it as CSV in UTF-8 again.") from error  # fmt: skip


def _pieces(file: Path, encoding: str) -> Iterator[str]:
    """Text of a file in pieces of whole lines: Arrow's own stream reads ahead without bound."""
    size, rest = _limit("chunk_bytes"), ""
    with file.open(encoding=encoding, newline="") as stream:
        while text := stream.read(size):
            begin, mark, end = text.rpartition("\n")
            if mark:
                yield rest + begin + mark
                rest = end
            else:
                rest += text
            if len(rest) > size:
                raise InputError(
                    file.name, "", "It has an endless line.", "Export it as CSV again."
                )
    if rest.strip():
        yield rest


def _head(file: Path, mapping: SensorMap) -> tuple[str, list[str], str]:
    """Encoding, header and delimiter: the one by which the header holds most of the map."""
    size = _limit("chunk_bytes")
    with file.open("rb") as stream:
        start = stream.read(size)
    encoding = "utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        start[: -4 if len(start) == size else None].decode(encoding)
    except UnicodeError:
        encoding = "cp1252"
    lines = start.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()
    line = lines[0] if lines else ""
    headers = {mark: next(csv.reader([line], delimiter=mark), []) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: len(set(headers[mark]) & set(mapping.columns)))
    return encoding, headers[best], best
