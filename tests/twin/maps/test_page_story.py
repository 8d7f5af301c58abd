"""What a card of the page says about how sure its tonnes are."""

from __future__ import annotations

import pytest

from tests.twin.test_ranges import book, heated, result
from twin.columns import LANGUAGES
from twin.maps import findings, page_story
from twin.spreads import Ends
from twin.words import words


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Energy of all houses is known to a tenth, what a plan brings to a half; nothing else errs."""
    known = {name: Ends(1.0, 1.0) for name in ("activity", "own", "factor", "effect", "effort")}
    known |= {"activity": Ends(0.9, 1.1), "effect": Ends(0.5, 1.0), "resolution": Ends(0.0, 0.0)}
    monkeypatch.setattr("twin.spreads._table", lambda: known)


@pytest.mark.usefixtures("ends")
def test_doing_nothing_tells_the_ends_of_its_tonnes() -> None:
    told = page_story.sureness(result(book(heated("a", 100_000.0))), None, words(), "en")
    assert told == "In 8 of 10 possible worlds 90,000 to 110,000 t."


@pytest.mark.usefixtures("ends")
def test_a_plan_tells_its_change_which_is_surer_than_its_tonnes() -> None:
    before = result(book(heated("a", 100_000.0)))
    after = result(book(heated("a", 99_000.0)))
    told = page_story.sureness(after, before, words(), "en")
    # the ends of the change: a thousand times a tenth's and a half's errors, both at once
    assert told.startswith("−1,000 t beside doing nothing; in 8 of 10 possible worlds −1,")  # noqa: RUF001 - a minus
    low, high = (float(part.replace("−", "-").replace(",", ""))  # noqa: RUF001 - a minus
                 for part in told.removesuffix(" t.").rsplit("worlds ", 1)[1].split(" to "))  # fmt: skip
    assert -1_100.0 <= low <= -990.0
    assert -560.0 <= high <= -450.0


def test_a_plan_without_effect_and_a_town_without_tonnes_say_so() -> None:
    same = result(book(heated("a", 5.0)))
    assert page_story.sureness(same, same, words(), "en") == "It changes no tonne."
    unknown = result(book(heated("a", float("nan"))))
    assert page_story.sureness(unknown, None, words(), "en") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_sureness_is_told_in_every_language(language: str) -> None:
    before, after = (result(book(heated("a", tonnes))) for tonnes in (9_000.0, 8_000.0))
    for told in (
        page_story.sureness(after, before, words(language), language),
        page_story.sureness(before, None, words(language), language),
    ):
        assert "{" not in told
        assert told.endswith(".")


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0"), (0.004, "+0.00"), (-0.25, "−0.25"), (1_234.0, "+1,200")]  # noqa: RUF001 - a minus
)  # fmt: skip
def test_changes_are_told_with_their_sign(value: float, told: str) -> None:
    assert findings.signed(value, "en") == told
