"""Forms of measures: what the catalog knows of each kind, for a page to ask."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from twin import catalog
from twin.intervention import Intervention
from twin.speech import Speech
from twin.studio import spoken
from twin.words import words

COMMON: Final = frozenset(Intervention.model_fields)
QUICK: Final = ("close_street", "speed_limit", "one_way", "cycle_street", "retrofit", "rooftop_pv")
"""Kinds that are offered first for what was clicked."""


@cache
def forms(language: str) -> list[dict[str, Any]]:
    """Every kind with its title, the table that it changes and the fields of its form.

    Parameters
    ----------
    language
        One of `twin.columns.LANGUAGES`.
    """
    sentences = catalog.titles()
    return [
        {
            "kind": name,
            "title": spoken.measure(name, language),
            "about": spoken.say(sentences[name], language),
            "table": kind.table,
            "quick": name in QUICK,
            "fields": _fields(kind.__name__, language),
        }
        for name, kind in catalog.kinds().items()
    ]


def _fields(model: str, language: str) -> list[dict[str, Any]]:
    """Fields that only this kind has, as its JSON schema tells them."""
    found = catalog.schema()["$defs"][model]
    return [
        _field(name, told, language, required=name in found["required"])
        for name, told in found["properties"].items()
        if name not in COMMON
    ]


def _field(name: str, told: dict[str, Any], language: str, *, required: bool) -> dict[str, Any]:
    options = told.get("anyOf", [told])
    plain: dict[str, Any] = next((one for one in options if one.get("type") != "null"), {})
    chosen = plain.get("enum") or plain.get("items", {}).get("enum")
    return {
        "name": name,
        "title": words(language).get(f"field_{name}", name.replace("_", " ")),
        "about": spoken.say(told.get("description", ""), language),
        "unit": Speech(language).unit(told.get("unit", "")),
        "type": plain.get("type", "string"),
        "enum": chosen and [[one, spoken.option(str(one), language)] for one in chosen],
        "low": plain.get("minimum", plain.get("exclusiveMinimum")),
        "high": plain.get("maximum", plain.get("exclusiveMaximum")),
        "default": told.get("default"),
        "required": required,
    }
