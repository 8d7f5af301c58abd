"""What a brief finds, in sentences: its title, what it asks, its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin import brief_facts, brief_marks, simulate
from twin.brief_facts import TRAFFIC
from twin.brief_room import ROUGH, STREET, TITLE
from twin.maps import findings
from twin.speech import MINUS, short
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.brief_choice import Choice, Option
    from twin.brief_facts import Side
    from twin.brief_money import Money
    from twin.brief_room import Room
    from twin.speech import Speech

SAME: Final = 1e-3
"""Relative change of emissions that is told as none [1]."""


def title(choice: Choice, say: Speech) -> str:
    """The finding as a sentence.

    Parameters
    ----------
    choice, say
        What it is about, and the language.
    """
    found = [finding(choice, one, say) for one in choice.options]
    return f"{'; '.join(found)}." if len(found) > 1 else found[0]


def finding(choice: Choice, option: Option, say: Speech) -> str:
    """What one plan does, in a clause: tonnes, and the street that gets most traffic.

    Parameters
    ----------
    choice, option, say
        What it is about, the plan, and the language.
    """
    plan = short(option.title, TITLE)
    said = _emissions(choice, option, plan, say)
    worst = _worst(choice, option)
    if worst is None:
        return said or say.word("brief_unknown", plan=plan)
    holes = {"n": say.number(worst.amount, ROUGH), "street": short(worst.street, STREET)}
    # A headline of several plans has room for what moves only.
    alone = len(choice.options) == 1
    if said and (alone or said != say.word("brief_same", plan=plan)):
        return say.word("brief_moves", finding=said, **holes)
    return say.word("brief_moves_only", plan=plan, **holes)


def _emissions(choice: Choice, option: Option, plan: str, say: Speech) -> str:
    row = _tonnes(choice, option)
    if row is None:
        return ""
    change = row["change"]
    if abs(change) <= SAME * abs(row["before"]):
        return say.word("brief_same", plan=plan)
    if row["low"] is not None and row["low"] < 0.0 < row["high"]:
        return say.word("brief_unsure", plan=plan)
    key = "brief_saves" if change < 0.0 else "brief_adds"
    return say.word(key, plan=plan, n=say.number(abs(change), ROUGH))


def _worst(choice: Choice, option: Option) -> Side | None:
    """The named street where most doors get most vehicles more."""
    unnamed = set(choice.city.streets.index)
    more = (
        one for one in brief_facts.sides(option)
        if one.what == TRAFFIC and one.loses and one.street not in unnamed and one.amount > 0.0
    )  # fmt: skip
    return next(more, None)


def ask(choice: Choice, say: Speech) -> str:
    """The question that is put to those who decide, where nobody wrote one.

    Parameters
    ----------
    choice, say
        What it is about, and the language.
    """
    names = [short(one.title, TITLE) for one in choice.options]
    if len(names) == 1:
        return say.word("brief_ask_one", plan=names[0], year=choice.year)
    quoted = [f"„{name}“" if say.language in {"da", "de"} else f"“{name}”" for name in names]
    listed = f"{', '.join(quoted[:-1])} {say.word('brief_or')} {quoted[-1]}"
    return say.word("brief_ask_many", plans=listed, year=choice.year)


def summary(choice: Choice, say: Speech, room: Room) -> list[str]:
    """Plain sentences: what is done, who has more and less traffic, what it costs, how sure it is.

    Parameters
    ----------
    choice, say, room
        What it is about, the language, and how much there is room for.
    """
    said = []
    for option in choice.options:
        plan = _plan(choice, option, say, room)
        said.append(say.word("brief_does", plan=plan, measures=measures(option, say, room),
                             year=option.plan.last_year))  # fmt: skip
        found = findings.find(choice.city, option.result, choice.nothing)
        told = findings.text(found, words(say.language), say.language)
        said += [f"{plan}: {told}"] if told else []
        said += _sure(choice, option, plan, say)
        said += _traffic(option, plan, say)
        paid = choice.paid[choice.place(option)]
        once = [one for one in paid if one.kind == "capex"][:2]
        said += [
            say.word("brief_pays", plan=plan, payer=say.phrase(one.payer)[0],
                     amount=f"{say.money(one.amount, one.currency, ROUGH)} ({money_range(one, say)})")
            for one in once
        ]  # fmt: skip
    return [*said, *_doubt(choice, say, room)]


def _plan(choice: Choice, option: Option, say: Speech, room: Room) -> str:
    """Name of a plan in a sentence; just the plan where there is one only."""
    alone = len(choice.options) == 1
    return say.word("brief_the_plan") if alone else short(option.title, room.name)


def _tonnes(choice: Choice, option: Option) -> dict[str, Any] | None:
    """The row of all greenhouse gases under a plan, where both runs know them."""
    rows = choice.compared[choice.place(option)]
    row = rows.get(("summary", simulate.EMITTED))
    return row if row is not None and row["change"] is not None else None


def _sure(choice: Choice, option: Option, plan: str, say: Speech) -> list[str]:
    """The range of the tonnes, where they change."""
    row = _tonnes(choice, option)
    if row is None or row["low"] is None or row["low"] == row["high"]:
        return []
    span = say.span(row["low"], row["high"], ROUGH)
    return [say.word("brief_doubt_tonnes", plan=plan, range=span)]


def money_range(one: Money, say: Speech) -> str:
    """Range of an amount, its ends by size; with signs where it may be more or less.

    Parameters
    ----------
    one, say
        The amount, and the language.
    """
    low, high = sorted((abs(one.low), abs(one.high)))
    ends = [say.money(end, one.currency, ROUGH) for end in (low, high)]
    if one.low < 0.0 < one.high:
        less, more = (say.money(abs(end), one.currency, ROUGH) for end in (one.low, one.high))
        ends = [f"{MINUS}{less}", f"+{more}"]
    return say.word("brief_within", low=ends[0], high=ends[1])


def _traffic(option: Option, plan: str, say: Speech) -> list[str]:
    """Addresses with more and with less traffic past their doors."""
    found = [one for one in brief_facts.sides(option) if one.what == TRAFFIC]
    if not found:
        return []
    lost, won = (sum(one.addresses for one in found if one.loses is side) for side in (True, False))
    return [say.word("brief_streets_sides", plan=plan, losers=say.number(lost, 4),
                     winners=say.number(won, 4))]  # fmt: skip


def _doubt(choice: Choice, say: Speech, room: Room) -> list[str]:
    """How sure the traffic of the worst street is, in frequencies where draws were made."""
    said = []
    for option in choice.options:
        worst = _worst(choice, option)
        if option.bands is None or worst is None:
            continue
        names = choice.city.streets["name"].reindex(option.bands.streets.index)
        mine = option.bands.streets[names.eq(worst.street).to_numpy()]
        if mine.empty:
            continue
        row = mine.loc[mine["vehicles_change"].abs().idxmax()]
        said.append(say.word(
            "brief_doubt_draws", plan=_plan(choice, option, say, room), street=short(worst.street, STREET),
            low=say.signed(row["vehicles_change_p10"], ROUGH),
            high=say.signed(row["vehicles_change_p90"], ROUGH),
            draws=say.number(option.bands.counts["draws"]),
        ))  # fmt: skip
    moves = any(_worst(choice, one) is not None for one in choice.options)
    return said or ([say.word("brief_doubt_none")] if moves else [])


def measures(option: Option, say: Speech, room: Room) -> str:
    """Kinds of measures with their numbers on the map, shortened.

    Parameters
    ----------
    option, say, room
        The plan, the language, and how much there is room for.
    """
    numbers: dict[str, list[int]] = {}
    for number, one in enumerate(option.plan.interventions, 1):
        numbers.setdefault(one.kind, []).append(number)
    kinds = [
        say.word(f"kind_{kind}") + (f" ({say.number(len(each))})" if len(each) > 1 else "")
        + _numbered(each)
        for kind, each in numbers.items()
    ]  # fmt: skip
    return listed(kinds, room.kinds, say)


def _numbered(numbers: Sequence[int]) -> str:
    """Those numbers that stand on the map, in brackets."""
    there = [str(one) for one in numbers if one <= brief_marks.NUMBERED]
    return f" [{', '.join(there)}]" if there else ""


def listed(texts: Sequence[str], most: int, say: Speech) -> str:
    """Texts side by side, so many at most, and how many more there are.

    Parameters
    ----------
    texts
        What is listed.
    most
        How many there is room for [1].
    say
        The language.
    """
    more = [say.word("brief_more", n=len(texts) - most)] if len(texts) > most else []
    return ", ".join([*texts[:most], *more])
