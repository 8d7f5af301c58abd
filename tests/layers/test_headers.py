from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from layers import cells, headers, tables, units
from layers.errors import InputError
from layers.texts import fold
from twin.city import privacy, schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", list(headers.kinds()))
def test_no_word_names_two_columns_of_a_kind(kind: str) -> None:
    seen: dict[str, str] = {}
    for row in tables.load("register_synonyms").itertuples():
        if str(row.column) not in headers.fields(kind):
            continue
        for word in str(row.words).split("|"):
            assert seen.setdefault(fold(word), str(row.column)) == str(row.column), word


CODED = {"bbr", "dar", "sections"}
"""Kinds with columns that only serve another one, or only tie ids together."""


def test_every_kind_of_register_fills_what_the_city_has() -> None:
    for name in headers.kinds():
        kind = headers.kind(name)
        assert kind.match in {"object", "area", "either", "place", "none"}
        assert kind.grade in tables.grades().index
        contract = schema(kind.table)
        known = {column.name for column in (*contract.columns, *contract.optional)}
        targets = {f.target for f in headers.fields(name).values()} - {"", "register_id"}
        assert targets <= known, name
        assert kind.sets.partition("=")[0] in {"", *known}
        assert kind.description


def test_every_list_of_words_is_there_and_means_what_the_city_may_hold() -> None:
    for name in headers.kinds():
        for field in headers.fields(name).values():
            if field.dtype == "word" and field.role != "derived":
                assert cells.vocabulary(field.words or field.column), field.column
    uses = set(tables.load("uses")["use"])
    for words in ("bbr_use", "catastro_use"):
        assert set(cells.vocabulary(words).values()) <= uses | {cells.SILENT}
    carriers = set(tables.load("carriers")["carrier"])
    assert set(cells.vocabulary("carrier").values()) == carriers
    heating = set(tables.load("heating_systems", "layers.data")["heating"])
    assert set(tables.load("register_pairs")["value"]) <= heating


def test_what_is_known_of_one_household_is_graded_private() -> None:
    for column in ("certificate_class", "certificate_energy", "certificate_class_source"):
        assert privacy("buildings", column) == "object"
    assert privacy("metered", "energy") == "object"
    assert privacy("units", "tenure") == "object"
    assert privacy("buildings", "somebody_elses") == "object"
    assert privacy("buildings", "year_osm") == privacy("buildings", "protection") == "public"


def test_every_kind_has_keys_values_units_and_a_description() -> None:
    for kind in headers.kinds():
        fields = headers.fields(kind)
        roles = {field.role for field in fields.values()}
        assert "value" in roles
        assert "key" in roles or "place" in roles
        for field in fields.values():
            assert field.description
            assert field.role in {"key", "part", "place", "value", "unit", "derived"}
            assert field.dtype in {"str", "float64", "year", "word", "time", "wkt"}
            assert field.combine in {"", "sum", "equal", "max", "min", "latest", "strictest"}
            if field.dtype == "float64":
                assert field.unit in {"CRS", "deg", "given"} or units.name(field.unit)
            if field.role == "value" and kind not in CODED:
                assert field.target


def test_every_column_is_named_in_five_languages() -> None:
    rows = tables.load("register_synonyms")
    for kind in headers.kinds():
        for column in headers.fields(kind):
            languages = set(rows.loc[rows["column"] == column, "language"])
            assert languages >= {"en", "da", "de", "es", "fi"} or languages == {"any"}, column


def test_every_known_word_means_a_value_that_the_twin_has() -> None:
    uses = set(tables.load("uses")["use"])
    rows = tables.load("register_words")
    assert set(rows.loc[rows["column"] == "use", "value"]) <= uses
    assert set(cells.vocabulary("renovation").values()) == {"existing", "usual", "advanced"}
    for column in ("use", "heating", "renovation"):
        words = rows[rows["column"] == column]
        folded = words.assign(word=words["word"].map(fold)).drop_duplicates(["word", "value"])
        assert folded["word"].is_unique, column


@pytest.mark.parametrize(
    ("names", "kind"),
    [(["Adresse", "Opførelsesår"], "buildings"), (["lon", "lat", "value", "unit"], "points"),
     (["Osoite", "Kerrosluku"], "buildings"), (["x", "y", "Zählerstand [kWh]", "Wert"], "points")],
)  # fmt: skip
def test_the_kind_is_guessed_from_columns_of_values(names: list[str], kind: str) -> None:
    assert headers.guess_kind("f.csv", names) == kind


def test_no_guess_without_values() -> None:
    with pytest.raises(InputError, match="--kind buildings or points"):
        headers.guess_kind("f.csv", ["id", "colour"])


def test_units_come_with_the_header_and_the_map_goes_first() -> None:
    mapping = headers.ColumnMap({"A": "height", "year": "-"}, {"A": "ft"})
    found = headers.recognise("f.csv", ["A", "year", "Areal [kvm]"], "buildings", mapping)
    assert {h.field.column: h.unit for h in found} == {"height": "ft", "floor_area": "kvm"}


def test_all_faults_of_a_map_at_once() -> None:
    mapping = headers.ColumnMap({"nowhere": "year", "B": "colour"})
    with pytest.raises(InputError) as caught:
        headers.recognise("f.csv", ["Baujahr", "year built", "B"], "buildings", mapping)
    assert len(caught.value.faults) == 2

    with pytest.raises(InputError, match="both look like year"):
        headers.recognise("f.csv", ["Baujahr", "year built"], "buildings", headers.ColumnMap())


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="buildings, points"):
        headers.fields("castles")


def test_a_map_file_names_columns_units_and_words(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text(
        "theirs,ours,unit,word\nVarme,heating,,\nVarme,district_heating,,FJV\nH,height,ft,\n"
    )
    found = headers.read_map(path)
    assert found.names == {"Varme": "heating", "H": "height"}
    assert found.units == {"H": "ft"}
    assert found.words == {("heating", "fjv"): "district_heating"}


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "theirs,ours\nx,\n"])
def test_a_broken_map_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(InputError):
        headers.read_map(path)


def test_bounds_are_numbers_or_open() -> None:
    field = headers.fields("buildings")["height"]
    assert (field.lower, field.upper) == (1, 400)
    assert math.isnan(headers.fields("buildings")["name"].upper)
