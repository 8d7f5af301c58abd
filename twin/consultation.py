"""What a consultation is: status, dates, who is responsible, what is asked; a YAML file."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from layers.errors import InputError
from twin import catalog, document

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "consultation.yaml"
"""Name of the file in a twin folder."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class Question(BaseModel):
    """One question of the questionnaire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name = Field(description="Short name of the question")
    text: Line = Field(description="What is asked, without leading")
    kind: Literal["choice", "scale", "text"] = Field("choice", description="How it is answered")
    options: tuple[Line, ...] = Field((), max_length=12, description="Answers to choose from")

    @model_validator(mode="after")
    def _options(self) -> Question:
        if (self.kind == "text") == bool(self.options) or len(self.options) == 1:
            raise ValueError("a choice or scale needs two options or more, a text none")
        if len(set(self.options)) != len(self.options):
            raise ValueError("two options are the same")
        return self


class Consultation(BaseModel):
    """What people are asked, until when, and who answers for it.

    A formal hearing takes statements by its official channel only; this toolkit then collects
    ideas and says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["consultation/1"] = Field(alias="schema", description="Format of the file")
    name: Name = Field(description="Short name")
    title: Line = Field(description="What it is about, best the decision asked")
    status: Literal["informal", "formal"] = Field(description="Informal, or a formal hearing")
    channel: str = Field(
        "", pattern=r"^(https://[^\s\"'<>]{3,300})?$", description="Link to the official channel"
    )
    opens: date = Field(description="First day")
    closes: date = Field(description="Last day")
    controller: Line = Field(description="Who is responsible for what people send in (GDPR)")
    mail: str = Field(
        "", pattern=r"^([^@\s\"'<>&?]+@[^@\s\"'<>&?]+)?$", description="Address that takes mails"
    )
    retention: date = Field(description="Day on which contributions are deleted")
    topics: tuple[Line, ...] = Field((), max_length=20, description="What a contribution is about")
    questions: tuple[Question, ...] = Field((), max_length=20, description="Short questionnaire")

    @model_validator(mode="after")
    def _whole(self) -> Consultation:
        if self.closes < self.opens:
            raise ValueError("closes is before opens")
        if self.retention < self.closes:
            raise ValueError("retention is before closes")
        if self.status == "formal" and not self.channel:
            raise ValueError("a formal hearing needs its official channel")
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("two questions have the same id")
        return self


def read(path: Path) -> Consultation:
    """Read a consultation file.

    Parameters
    ----------
    path
        YAML file.

    Raises
    ------
    InputError
        With every fault and its line.
    """
    found = document.read(path)
    made, faults = catalog.checked(Consultation, found.data, (), found.lines)
    faults = [*found.faults, *faults]
    if faults:
        raise InputError.of(path.name, faults)
    return cast("Consultation", made)


def of_twin(root: Path) -> Consultation | None:
    """The consultation that a twin folder holds, or None."""
    place = root / FILE
    return read(place) if place.exists() else None
