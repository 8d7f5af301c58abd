"""What a browser sends to the studio: typed, closed, bounded."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from twin.columns import LANGUAGES
from twin.contributions import LONGEST

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Text = Annotated[str, Field(max_length=2000)]
State = Annotated[int, Field(ge=0, le=2**53)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Language = Literal["en", "da", "de", "es", "fi"]
assert set(LANGUAGES) == set(Language.__args__)  # type: ignore[attr-defined]
Figure = Annotated[str, Field(pattern=r"^[a-z_]{1,40}\.[a-z0-9_.-]{1,80}$")]
"""Table and column, with a dot between."""
RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Sent(BaseModel):
    """Base of every message: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Login(Sent):
    """What somebody types in."""

    password: str = Field(max_length=200)


class NewPlan(Sent):
    """A plan to begin, empty or from the text of a scenario file."""

    name: Name
    title: Text = ""
    text: str = Field("", max_length=250_000, description="A scenario file (YAML), or empty")


class Body(Sent):
    """Content of a plan."""

    title: Text = ""
    note: Text = ""
    seed: int = Field(0, ge=0, le=2**31)
    interventions: list[dict[str, Any]] = Field(
        max_length=200, description="Entries as in a scenario file"
    )


class Change(Sent):
    """A new state of a plan, made from a state that was seen."""

    seen: State
    body: Body


class Seen(Sent):
    """The state of a plan that somebody looked at."""

    seen: State


class Order(Sent):
    """A plan to simulate, and the figures on the map that its preview is to bring along."""

    plan: Name
    year: Year | None = None
    shown: list[Figure] = Field(default_factory=list, max_length=4)


class Page(Sent):
    """A public page to write."""

    runs: list[RunId] = Field(min_length=1, max_length=12)
    title: Text = ""
    summary: Text = ""
    language: Language = "en"
    bands: bool = Field(
        default=False, description="Work out how sure each change is; takes minutes"
    )


class Verdict(Sent):
    """What becomes of a contribution."""

    state: Literal["new", "public", "hidden"]


class Reply(Sent):
    """What the town answers to a contribution."""

    reply: str = Field(min_length=1, max_length=LONGEST)
    changed: Literal["yes", "partly", "no"]
    why: str = Field("", max_length=LONGEST)


class Proposal(Sent):
    """A contribution to make a plan of."""

    name: Name
    kind: Annotated[str, Field(max_length=64)] = "close_street"
    start: Year
    within: float = Field(15.0, gt=0, le=200, description="Distance from what was drawn [m]")


class Given(Sent):
    """One contribution, as the public page writes it."""

    kind: Literal["comment", "idea", "wish", "reaction", "answers"]
    said: str = Field("", max_length=40)
    topic: str = Field("", max_length=200)
    scenario: str = Field("", max_length=200)
    text: str = Field("", max_length=LONGEST)
    place: dict[str, Any] | None = None
    answers: dict[str, str] = Field(default_factory=dict, max_length=40)


class Contributions(Sent):
    """A file of the public page, sent instead of saved."""

    schema_: Literal["contributions/1"] = Field(alias="schema")
    consultation: str = Field(max_length=64)
    version: str = Field("", max_length=4000)
    contributions: list[Given] = Field(min_length=1, max_length=50)


def file_of(kind: str) -> dict[int | str, dict[str, Any]]:
    """What the documentation says of a route that answers with a file of a media type."""
    return {200: {"content": {kind: {"schema": {"type": "string"}}}}}
