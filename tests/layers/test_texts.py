from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import texts


@pytest.mark.parametrize(
    "spellings",
    [("Århus", "Aarhus", "ARHUS"), ("Müller", "Mueller", "muller"), ("Straße", "strasse"),
     ("Ærø", "Aeroe"), ("Opførelsesår", "opforelsesar", "OPFØRELSES-ÅR"),
     ("año de construcción", "ano de construccion")],
)  # fmt: skip
def test_spellings_of_one_word_fold_alike(spellings: tuple[str, ...]) -> None:
    assert len({texts.fold(word) for word in spellings}) == 1


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_leaves_letters_and_digits(text: str) -> None:
    once = texts.fold(text)
    assert all(letter.isalnum() for letter in once)
    assert texts.fold(once.upper().lower()) is not None


@pytest.mark.parametrize(
    ("text", "mark", "value", "unit"),
    [
        ("1.234,5", "", 1234.5, ""),
        ("1,234.5", "", 1234.5, ""),
        ("1 234,5", "", 1234.5, ""),
        ("1\u202f234.5", "", 1234.5, ""),
        ("1'234.50", "", 1234.5, ""),
        ("1.234.567", "", 1234567.0, ""),
        ("0,125", "", 0.125, ""),
        ("1.234", ",", 1234.0, ""),
        ("1.234", ".", 1.234, ""),
        ("-5", "", -5.0, ""),
        ("12,5 MWh", "", 12.5, "MWh"),
        ("1e3", "", 1000.0, ""),
        ("120 m2", "", 120.0, "m2"),
    ],
)
def test_numbers_of_all_town_halls(text: str, mark: str, value: float, unit: str) -> None:
    found, rest = texts.number(text, mark)
    assert found == pytest.approx(value)
    assert rest == unit


@pytest.mark.parametrize("text", ["1.234", "", "abc", "1,2,3.4", "1.23456.7", "9" * 400, "--3"])
def test_what_is_no_number_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|mark|large"):
        texts.number(text)


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False),
    st.sampled_from([",.", ".,", " ,", " .", "'."]),
)
def test_any_grouping_and_mark_gives_the_number_back(value: object, style: str) -> None:
    written = f"{value:,.2f}".translate(str.maketrans(",.", style))
    assert texts.number(written)[0] == pytest.approx(float(str(value)))


@given(st.text(max_size=60))
def test_a_number_is_finite_or_refused(text: str) -> None:
    try:
        value, _ = texts.number(text, ",")
    except ValueError:
        return
    assert math.isfinite(value)


def test_a_column_tells_its_decimal_mark_only_if_its_cells_agree() -> None:
    assert texts.common_mark(["1.234", "2,5"]) == ","
    assert texts.common_mark(["1,234", "2.5"]) == "."
    assert texts.common_mark(["1,5", "2.5"]) == ""
    assert texts.common_mark(["1.234", "abc"]) == ""


@pytest.mark.parametrize(
    ("cell", "year"),
    [(1968, 1968), (1968.0, 1968), ("1968", 1968), (dt.date(1968, 5, 1), 1968),
     (dt.datetime(1968, 5, 1, 12, tzinfo=dt.UTC), 1968), ("01.05.1968", 1968),
     ("1968-05-01", 1968), ("1/5/1968", 1968)],
)  # fmt: skip
def test_years(cell: object, year: float) -> None:
    assert texts.year(cell) == year


@pytest.mark.parametrize("cell", ["ca. 1970", "1970-80", "old", "19680", True, "nan"])
def test_what_is_no_year_says_so(cell: object) -> None:
    with pytest.raises(ValueError, match="is not a year"):
        texts.year(cell)


@pytest.mark.parametrize("cell", ["", "  ", "-", "Ukendt", "unbekannt", "N/A", None, math.nan])
def test_missing_words(cell: object) -> None:
    assert texts.is_missing(cell)


@pytest.mark.parametrize("cell", [0, 0.0, "0", False, "nej"])
def test_zero_is_not_missing(cell: object) -> None:
    assert not texts.is_missing(cell)


@given(st.text(max_size=30))
def test_no_quoted_text_runs_as_a_formula_and_the_quote_comes_off(text: str) -> None:
    quoted = texts.quote_formula(text)
    assert quoted[:1] not in set("=+-@\t\r")
    if text[:1] != "'":
        assert texts.unquote_formula(quoted) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [("2024-01-31", "2024-01-31"), ("31.01.2024", "2024-01-31"), ("3-1-2024", "2024-01-03"),
     ("31/01/2024", "2024-01-31"), ("03/03/2024", "2024-03-03"), ("2024", "2024-01-01"),
     (2024.0, "2024-01-01"), ("2024-01-31 13:00", "2024-01-31T13:00:00"),
     ("31-01-2024 13:00", "2024-01-31T13:00:00"), ("2024-01-31T13:00Z", "2024-01-31T13:00:00+00:00"),
     (dt.date(2024, 1, 31), "2024-01-31"), (dt.datetime(2024, 1, 31), "2024-01-31"),  # noqa: DTZ001 - a spreadsheet knows no zone
     (dt.datetime(2024, 1, 31, 13), "2024-01-31T13:00:00")],  # noqa: DTZ001 - the same
)  # fmt: skip
def test_moments(cell: object, text: str) -> None:
    assert texts.moment(cell) == text


@pytest.mark.parametrize(
    "cell", ["03/04/2024", "32.01.2024", "2024-13-01", "soon", "24-01-31", "1/2/3"]
)
def test_no_moments(cell: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|day/month"):
        texts.moment(cell)
