"""The project's own tables: every contract loads, every figure has a unit and a source."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers import tables

if TYPE_CHECKING:
    from layers.schema import Column

PACKAGES = ("layers.data", "twin.data")
CLASSES = {"observed", "estimated", "assumed"}
EVIDENCE = {"published", "assumed"}


def data_files() -> list[tuple[str, str]]:
    """Every CSV of the data packages, with the folders inside them."""
    found = []
    for package in PACKAGES:
        root = resources.files(package)
        for path in sorted(root.rglob("*.csv")):  # type: ignore[attr-defined]
            found += [(package, path.relative_to(root).with_suffix("").as_posix())]
    return found


FILES = data_files()
IDS = [f"{package}/{name}" for package, name in FILES]
CONTRACTS = [
    (package, table, column)
    for package in PACKAGES
    for table, contract in tables.schemas(package).items()
    for column in (contract.index, *contract.columns)
]


def test_files_are_found() -> None:
    assert {("layers.data", "grades"), ("twin.data", "columns")} <= set(FILES)


@pytest.mark.parametrize(("package", "name"), FILES, ids=IDS)
def test_every_table_can_be_read_and_its_headings_are_unique(package: str, name: str) -> None:
    frame = tables.load(name, package)
    assert len(frame)
    assert not [column for column in frame.columns if str(column).startswith("Unnamed")]
    repeated = [column for column in frame.columns if str(column).endswith(".1")]
    assert not repeated, repeated


@pytest.mark.parametrize(("package", "name"), FILES, ids=IDS)
def test_every_value_has_a_unit_a_source_and_evidence(package: str, name: str) -> None:
    frame = tables.load(name, package)
    if "value" not in frame.columns or not pd.api.types.is_numeric_dtype(frame["value"]):
        return
    for column in ("unit", "source", "evidence"):
        assert column in frame.columns, column
        blank = frame.loc[frame["value"].notna() & frame[column].isna()]
        assert blank.empty, f"{column} missing in rows {list(blank.index + 2)}"
    assert set(frame["evidence"]) <= EVIDENCE


@pytest.mark.parametrize(("package", "name"), FILES, ids=IDS)
def test_evidence_is_published_or_assumed_and_published_names_its_source(
    package: str, name: str
) -> None:
    frame = tables.load(name, package)
    if "evidence" not in frame.columns:
        return
    assert set(frame["evidence"].dropna()) <= EVIDENCE
    if "source" in frame.columns:
        published = frame.loc[frame["evidence"] == "published", "source"]
        assert published.notna().all()


@pytest.mark.parametrize(
    ("package", "table", "column"), CONTRACTS, ids=[f"{t}.{c.name}" for _, t, c in CONTRACTS]
)
def test_every_column_of_a_contract_is_described(package: str, table: str, column: Column) -> None:
    assert column.description.strip()
    assert column.dtype in {"str", "int64", "float64", "bool", "geometry"}
    assert not column.lower > column.upper
    if column.dtype == "geometry":
        assert column.unit in {"point", "line", "polygon", "any"}


def test_a_completed_column_brings_its_source_and_its_spread() -> None:
    buildings = tables.schema("buildings", "twin.data")
    assert buildings["height_source"].dtype == "str"
    assert buildings["height_spread"].unit == "m"
    assert buildings["use_spread"].unit == "1"
    assert buildings["use_spread"].upper == 1.0


def test_a_contract_without_an_index_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tables.load("schema")
    bare = rows[(rows["table"] == "lamps") & (rows["role"] != "index")]
    monkeypatch.setattr(tables, "load", lambda name, package: bare)
    with pytest.raises(ValueError, match="no index"):
        tables.schemas.__wrapped__()


def test_a_number_without_a_unit_in_a_contract_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tables.load("schema").copy()
    rows.loc[rows["column"] == "height", "unit"] = None
    monkeypatch.setattr(tables, "load", lambda name, package: rows)
    with pytest.raises(ValueError, match="height: a number needs a unit"):
        tables.schemas.__wrapped__()


def test_grades_have_a_class_and_a_style() -> None:
    grades = tables.grades()
    assert set(grades["class"]) == CLASSES
    assert grades.index.is_unique
    style = grades.groupby("class")["map_style"].unique()
    assert all(len(styles) == 1 for styles in style), "a class must look the same everywhere"
    assert len(set(grades["map_style"])) == len(CLASSES), "classes must look different"


def test_substitutes_are_other_countries_and_only_where_they_are_named() -> None:
    assert tables.substitute("LI", "archetypes") == "AT"
    assert tables.substitute("DK", "archetypes") is None
    assert tables.substitute("LI", "moonlight") is None
    rows = tables.load("country_substitutes")
    assert (rows["country"] != rows["substitute"]).all()
    assert not rows.duplicated(["country", "subject"]).any()


@pytest.mark.parametrize(
    ("country", "found"),
    [("AT", ([1.0], "AT")), ("LI", ([1.0], "AT")), ("DK", ([], ""))],
    ids=["own rows", "a substitute's rows", "neither"],
)
def test_rows_of_a_country_or_its_substitute(country: str, found: tuple[list[float], str]) -> None:
    rows = pd.DataFrame({"country": ["AT", "DE"], "value": [1.0, 2.0]})
    own, whose = tables.of_country(rows, country, "archetypes")
    assert (own["value"].tolist(), whose) == found


def test_figures_are_found_by_the_first_column_and_cannot_be_changed() -> None:
    figures = tables.figures("weather_limits")
    assert set(figures) == set(tables.load("weather_limits")["key"])
    with pytest.raises(TypeError):
        figures["distance.limit"] = 1.0  # type: ignore[index]
