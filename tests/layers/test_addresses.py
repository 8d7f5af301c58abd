from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import addresses
from layers.addresses import Address, parse, parts


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Rosenvej 5A, 2. th, 2620 Albertslund", Address("rosenvej", "5a", "2620", "albertslund")),
        ("Gl. Kongevej 12-14, st., 1610 København V", Address("glkongevej", "12-14", "1610", "kobenhavnv")),
        ("Hauptstraße 5, 9490 Vaduz", Address("hauptstr", "5", "9490", "vaduz")),
        ("Landstrasse 12 b, FL-9494 Schaan", Address("landstr", "12b", "9494", "schan")),
        ("Straße des 17. Juni 135, 10623 Berlin", Address("strdes17juni", "135", "10623", "berlin")),
        ("C/ Alcalá, 45, 28014 Madrid", Address("calcala", "45", "28014", "madrid")),
        ("Avda. de la Constitución nº 3, 2º B, 41001 Sevilla", Address("avconstitucion", "3", "41001", "sevilla")),
        ("Mannerheimintie 5 A 12, 00100 Helsinki", Address("mannerheimintie", "5a", "100", "helsinki")),
        ("12 High Street, Leeds", Address("highst", "12", "", "")),
        ("1. Maj Vej 2", Address("1majvej", "2", "", "")),
        ("Storgatan 5, 123 45 Stad", Address("storgatan", "5", "12345", "stad")),
    ],
)  # fmt: skip
def test_addresses_of_five_countries(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize("text", ["", "Vej uden nummer", "2620", "   ", "%%%"])
def test_what_is_no_address(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("C/ Alcalá", "Calle de Alcala"), ("Gl. Kongevej", "Gammel Kongevej"), ("Bahnhofstr.", "Bahnhofstraße"),
     ("Bahnhof-Straße", "Bahnhofstraße"), ("Sdr. Ringvej", "Søndre Ringvej"), ("Avda. Mayor", "AVENIDA MAYOR"),
     ("Aaboulevarden", "Åboulevarden"), ("Müllerweg", "Muellerweg"), ("Skt. Peders Vej", "Sankt Peders vej")],
)  # fmt: skip
def test_spellings_of_one_street(one: str, other: str) -> None:
    assert addresses.fold_street(one) == addresses.fold_street(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Calle Mayor", "Avenida Mayor"), ("Rosenvej", "Roskildevej"), ("Hauptstr.", "Haupt")]
)  # fmt: skip
def test_different_streets_stay_different(one: str, other: str) -> None:
    assert addresses.fold_street(one) != addresses.fold_street(other)


def test_parts_and_whole_agree() -> None:
    whole = parse("Rosenvej 05 a, 0700 Oslo")
    assert whole == parts("Rosenvej", "5A", "700", "Oslo")


def test_a_range_holds_its_side_of_the_street() -> None:
    assert list(addresses.numbers("12-16;20")) == ["12-16", "12", "14", "16", "20"]
    assert list(addresses.numbers("1-4")) == ["1-4", "1", "2", "3", "4"]
    assert list(addresses.numbers("1-9999")) == ["1-9999"]
    assert list(addresses.numbers("5a")) == ["5a"]


@given(st.text(max_size=200))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parse(text)
    assert found is None or (found.street is not None and found.number)
    assert all(isinstance(number, str) for number in addresses.numbers(text))
