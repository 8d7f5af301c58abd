"""Words that people read on maps and reports, by language; English stands in for what is open."""

from __future__ import annotations

from functools import cache

from layers import tables
from twin.languages import added


@cache
def words(language: str = "en") -> dict[str, str]:
    """All words of one language by key, English where a translation is missing.

    Parameters
    ----------
    language
        One of `twin.languages.known`; another falls back to English.
    """
    rows = tables.load("words", "twin.data").set_index("key")
    if language in rows:
        return {str(key): str(word) for key, word in rows[language].fillna(rows["en"]).items()}
    said = added(language)
    return {str(key): said.get(str(word), str(word)) for key, word in rows["en"].items()}
