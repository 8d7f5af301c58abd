"""Words that people read on maps and reports, by language; English stands in for what is open."""

from __future__ import annotations

from functools import cache

from layers import tables
from twin.columns import LANGUAGES


@cache
def words(language: str = "en") -> dict[str, str]:
    """All words of one language by key, English where a translation is missing.

    Parameters
    ----------
    language
        One of `twin.columns.LANGUAGES`; another falls back to English.
    """
    rows = tables.load("words", "twin.data").set_index("key")
    chosen = rows[language] if language in LANGUAGES else rows["en"]
    return {str(key): str(word) for key, word in chosen.fillna(rows["en"]).items()}
