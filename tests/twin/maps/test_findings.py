"""What each run comes to, in a line."""

from __future__ import annotations

import math

import pytest

from tests.twin.cities import tiny
from tests.twin.maps.results import result
from twin.columns import LANGUAGES
from twin.maps import findings
from twin.maps.findings import Finding
from twin.words import words


def test_streets_with_noticeably_more_cars_are_counted_by_length() -> None:
    city = tiny()
    found = findings.find(city, result("busy", 10.0), result("baseline"))
    streets = city.streets[city.streets["inside"].astype(bool)]
    # street n carries 10 n cars and gains 90 n: the first street that gains at least 50 is the first
    assert found.more == pytest.approx(streets["length"].sum() / 1e3)
    assert found.fewer == 0.0


def test_a_change_below_what_people_notice_is_none() -> None:
    found = findings.find(tiny(), result("quiet", 0.99), result("baseline"))
    assert (found.more, found.fewer) == (0.0, 0.0)
    assert findings.text(found, words(), "en") == "Traffic does not change noticeably."


def test_doing_nothing_is_compared_with_nothing() -> None:
    found = findings.find(tiny(), result("baseline"), None)
    assert math.isnan(found.share)
    assert math.isnan(found.more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_told_in_every_language(language: str) -> None:
    found = Finding(164_403.0, -0.0312, 34.2, 4.06)
    text = findings.text(found, words(language), language)
    assert "{" not in text
    assert text.count(".") >= 3
    thousands = {"en": "164,403", "da": "164.403", "de": "164.403", "es": "164.403"}
    assert thousands.get(language, "164\xa0403") in text.replace("\u202f", "\xa0")
    assert ("3.1" if language == "en" else "3,1") in text


def test_a_thousandth_of_the_tonnes_is_no_difference() -> None:
    text = findings.text(Finding(100.0, 0.0009, math.nan, math.nan), words(), "en")
    assert text.endswith("About as much as when nothing is done.")
    assert "more" in findings.text(Finding(100.0, 0.0011, math.nan, math.nan), words(), "en")


def test_no_street_is_no_kilometre() -> None:
    text = findings.text(Finding(math.nan, math.nan, 12.34, 0.0), words(), "en")
    assert text == "More cars on 12 km of streets and fewer on 0 km."
