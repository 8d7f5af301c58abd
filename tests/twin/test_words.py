from __future__ import annotations

from twin import columns, words


def test_every_key_has_a_word_in_every_language() -> None:
    english = words.words("en")
    for language in columns.LANGUAGES:
        found = words.words(language)
        assert found.keys() == english.keys()
        assert all(found.values())


def test_an_unknown_language_reads_english() -> None:
    assert words.words("xx") == words.words("en")
