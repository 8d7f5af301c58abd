"""Text of a brief in one language: plain values that page, PDF, slides and workbook share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twin import brief_facts, brief_finding
from twin.brief_facts import TRAFFIC
from twin.brief_room import LINE, PLACE, ROOMS, ROUGH, STREET
from twin.section import scaled
from twin.speech import plain, short

if TYPE_CHECKING:
    from datetime import date

    from twin.brief_choice import Choice, Option
    from twin.brief_facts import Change, Figure, Side
    from twin.brief_room import Room
    from twin.speech import Speech

RATE: Final = re.compile(r"VAT ([0-9.]+)")
"""Rate of value added tax as the ledger writes it."""
HARDLY: Final = "≈"
"""Mark of a change that nobody notices."""
COUNTED: Final = 4
"""Streets on which a count would help most [1]."""


def content(choice: Choice, say: Speech, made: date) -> dict[str, Any]:
    """Everything that is printed, but the map.

    Parameters
    ----------
    choice
        What the brief is about.
    say
        The language.
    made
        Day of the brief.
    """
    room = ROOMS[len(choice.options)]
    names = [short(one.title, room.name) for one in choice.options]
    return {
        "language": say.language,
        "words": {name: say.word(f"brief_{name}") for name in WORDS}
        | {"limits": say.word("limits"), "nothing": say.word("page_nothing")},
        "city": short(choice.city.name, PLACE),
        "year": str(choice.year),
        "date": say.day(made),
        "title": brief_finding.title(choice, say),
        "ask": short(choice.ask, LINE) or brief_finding.ask(choice, say),
        "summary": brief_finding.summary(choice, say, room),
        "plans": names,
        "figures_title": say.word("brief_figures", year=choice.year),
        "figures": [_figure(one, say) for one in brief_facts.figures(choice)],
        "figures_note": say.word("brief_doubt_range"),
        "sides": [_sides(choice, one, say, room) for one in choice.options],
        "doors": _doors(choice, say),
        "fit": _fit(choice, say),
        **_limits(choice, say, room),
        **_consents(choice, say, room),
        "costs": [_costs(choice, one, say, room) for one in choice.options],
        "measures": [
            {"plan": short(one.title, room.name), "text": brief_finding.measures(one, say, room)}
            for one in choice.options
        ],
        "foot": _foot(choice, say),
        "credit": " | ".join(plain(line) for line in choice.city.attributions),
    }


WORDS: Final = (
    "kind", "question", "summary", "figure", "no_figures", "sides", "losers", "winners", "street",
    "addresses", "change", "nobody", "fit", "consent", "consent_none", "cost", "cost_none",
    "measures", "run", "full", "unknown_slide", "cost_consent", "no_map",
)  # fmt: skip
"""Headings and fixed sentences, without ``brief_``."""


# ---------------------------------------------------------------- figures


def _figure(figure: Figure, say: Speech) -> dict[str, Any]:
    values = [figure.nothing, *(one.change for one in figure.changes), figure.low, figure.high]
    scales, unit = scaled(values, figure.unit)
    by = next((old / new for old, new in zip(values, scales, strict=True) if new and old), 1.0)
    text, language = say.phrase(figure.title)
    return {
        "title": text,
        "language": language,
        "unit": say.unit(unit),
        "nothing": say.number(scales[0]) if figure.nothing is not None
        else say.word("brief_compared_only"),
        "nothing_range": _within(scales[-2], scales[-1], say)
        if None not in (figure.nothing, figure.low, figure.high) else "",
        "cells": [_cell(one, by, say) for one in figure.changes],
    }  # fmt: skip


def _within(low: float | None, high: float | None, say: Speech) -> str:
    """A range of a figure that has no sign of its own."""
    return say.word("brief_within", low=say.number(low, ROUGH), high=say.number(high, ROUGH))


def _cell(change: Change, by: float, say: Speech) -> dict[str, str]:
    if change.change is None:
        return {"change": say.number(None), "range": "", "verdict": "", "mark": ""}
    if change.change == 0.0:
        return {"change": "0", "range": say.word("brief_no_change"), "verdict": "", "mark": ""}
    span = say.word("brief_no_range")
    if change.low is not None and change.high is not None:
        span = say.span(change.low / by, change.high / by, ROUGH)
    if not change.noticeable:
        return {"change": say.signed(change.change / by, ROUGH), "range": span, "mark": HARDLY,
                "verdict": say.word("brief_hardly")}  # fmt: skip
    mark = {"better": "▲", "worse": "▼", "not sure": "◆"}.get(change.verdict, "")
    verdict = say.word(f"brief_{change.verdict.replace(' ', '_')}") if change.verdict else ""
    return {"change": say.signed(change.change / by), "range": span, "verdict": verdict,
            "mark": mark}  # fmt: skip


# ---------------------------------------------------------------- people and streets


def _sides(choice: Choice, option: Option, say: Speech, room: Room) -> dict[str, Any]:
    found = brief_facts.sides(option)
    told: dict[str, Any] = {"plan": short(option.title, room.name)}
    for name, loses in (("losers", True), ("winners", False)):
        rows = [one for one in found if one.loses is loses]
        told[name] = [_side(choice, one, say) for one in rows[: room.sides]]
        rest = len(rows) - room.sides
        told[f"{name}_more"] = say.word("brief_more", n=rest) if rest > 0 else ""
    people = choice.people[choice.place(option)]
    moved = [one for one in people if one["losers"] >= 1.0 or one["winners"] >= 1.0]
    moved.sort(key=lambda one: -one["losers"])
    told["people"] = [
        say.word("brief_people", what=say.phrase(one["title"])[0],
                 losers=say.number(round(one["losers"])), winners=say.number(round(one["winners"])))
        for one in moved[: room.people]
    ] or [say.word("brief_no_people")]  # fmt: skip
    return told


def _side(choice: Choice, side: Side, say: Speech) -> list[str]:
    """Street, addresses and change as printed."""
    unnamed = side.street in choice.city.streets.index
    street = say.word("unnamed") if unnamed else short(side.street, STREET)
    amount = say.signed(side.amount, ROUGH)
    key = "brief_vehicles" if side.what == TRAFFIC else f"brief_way_{side.what}"
    return [street, say.number(side.addresses), say.word(key, n=amount)]


def _doors(choice: Choice, say: Speech) -> str:
    """How many addresses are known: streets without them have people all the same."""
    city = choice.city
    known, homes = (
        int(table["inside"].fillna(value=False).astype(bool).sum())
        for table in (city.addresses, city.buildings[city.buildings["people"] > 0.0])
    )
    return say.word("brief_doors", known=say.number(known, 6), homes=say.number(homes, 6))


def _fit(choice: Choice, say: Speech) -> str:
    frame = choice.nothing.frames.get("streets")
    if frame is None or "vehicles" not in frame:
        return say.word("brief_fit_no_traffic")
    names = [short(name, STREET) for name in brief_facts.uncounted(choice, COUNTED)]
    where = [say.word("brief_fit_where", streets=", ".join(names))] if names else []
    found = brief_facts.fit(choice)
    if found is None:
        return " ".join([say.word("brief_fit_none"), *where])
    off = f"{say.number(100.0 * found.deviation, ROUGH)} %"
    said = say.word("brief_fit_said", near=found.near, all=found.counters, off=off)
    return " ".join([said, *where])


# ---------------------------------------------------------------- limits, consents, cost


def _limits(choice: Choice, say: Speech, room: Room) -> dict[str, Any]:
    told = brief_facts.limits(choice)
    rest = len(told) - room.limits
    return {
        "limits": [_sentence(line, say) for line in told[: room.limits]],
        "limits_more": f"{say.word('brief_more', n=rest)}. {say.word('brief_full')}"
        if rest > 0 else "",
    }  # fmt: skip


def _sentence(line: str, say: Speech) -> dict[str, str]:
    text, language = say.sentence(line)
    return {"text": _cut(plain(text.replace("`", "")), LINE), "language": language}


def _cut(text: str, most: int) -> str:
    """A text of so many characters at most, whole sentences where there is one to keep."""
    if len(text) <= most:
        return text
    end = text.rfind(". ", 0, most)
    return text[: end + 1] if end > 0 else short(text, most)


def _consents(choice: Choice, say: Speech, room: Room) -> dict[str, Any]:
    found = brief_facts.consents(choice)
    rows = []
    for one in found[: room.consents]:
        text, language = say.phrase(one.consent)
        kinds = [say.word(f"kind_{kind}") for kind in one.kinds]
        rows.append({
            "text": text, "language": language, "kinds": brief_finding.listed(kinds, room.kinds, say),
            "basis": plain(say.phrase(one.basis)[0]),
        })  # fmt: skip
    rest = len(found) - room.consents
    return {
        "consents": rows,
        "consents_more": say.word("brief_more", n=rest) if rest > 0 else "",
    }


def _costs(choice: Choice, option: Option, say: Speech, room: Room) -> dict[str, Any]:
    found = choice.paid[choice.place(option)]
    rows = []
    for one in found[: room.costs]:
        less = "brief_yearly_less" if one.amount < 0.0 else "brief_yearly"
        when = say.word("brief_once" if one.kind == "capex" else less)
        amount = say.money(abs(one.amount), one.currency)
        rows.append([say.phrase(one.payer)[0], amount, when,
                     ", ".join(text for text in (brief_finding.money_range(one, say), _basis(one.basis, say)) if text)])  # fmt: skip
    rest = len(found) - room.costs
    return {
        "plan": short(option.title, room.name),
        "rows": rows,
        "more": say.word("brief_more", n=rest) if rest > 0 else "",
    }


def _basis(basis: str, say: Speech) -> str:
    """Price year and tax as printed."""
    parts = [_part(part.strip(), say) for part in basis.split(",")]
    return say.word("brief_prices", basis=", ".join(parts)) if basis else ""


def _part(text: str, say: Speech) -> str:
    """A year, or what is said of the tax; a rate as a percentage."""
    rate = RATE.fullmatch(text)
    if rate is None:
        return say.phrase(text)[0]
    return say.word("brief_vat", n=say.number(100.0 * float(rate[1])))


def _foot(choice: Choice, say: Speech) -> list[str]:
    """Runs with version and hash, whom to write to, accessibility, licence."""
    runs = [(say.word("page_nothing"), choice.nothing)]
    runs += [(short(one.title, PLACE), one.result) for one in choice.options]
    said = [f"{name} {_mark(result.record)}" for name, result in runs]
    version = choice.nothing.record.get("versions", {}).get("netzero-twin", "")
    contact = plain(choice.contact) or say.word("brief_office")
    lines = [f"{say.word('brief_run')}: {', '.join(said)}; netzero-twin {version}".rstrip()]
    if choice.consultation is not None:
        open_ = choice.consultation
        lines.append(say.word(
            "brief_respond", opens=say.day(open_.opens), closes=say.day(open_.closes),
            mail=plain(open_.mail or open_.controller),
        ))  # fmt: skip
    if choice.contact:
        lines.append(f"{say.word('brief_contact')}: {short(choice.contact, LINE)}")
    return [*lines, say.word("brief_access", contact=short(contact, PLACE)),
            f"{say.word('page_licence')}: Open Database License (ODbL) 1.0"]  # fmt: skip


def _mark(record: Any) -> str:
    return str(record.get("digest", ""))[:12]
