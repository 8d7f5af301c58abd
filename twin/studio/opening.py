"""What happens when the studio starts: the town first, then doing nothing, which is kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from layers import tables
from twin import kept, store
from twin.errors import StoreError
from twin.studio import town
from twin.studio.figures import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twin.city import City
    from twin.result import Result
    from twin.studio.engine import Engine
    from twin.studio.figures import Town
    from twin.studio.jobs import Job

_LOG: Final = logging.getLogger(__name__)
THOUSAND: Final = 1e3


@dataclass
class Drawn:
    """What the page can draw by now.

    Parameters
    ----------
    town
        The City, and doing nothing once it is known.
    layout, figures
        Contents of the page: shapes and names; colours and legends, None until they are known.
    usual
        How long simulating doing nothing usually takes [s].
    """

    town: Town
    layout: Mapping[str, Any]
    figures: Mapping[str, Any] | None
    usual: float


def work(
    job: Job,
    root: Path,
    engine: Engine,
    language: str,
    show: Callable[[Drawn], None],
) -> Mapping[str, Any]:
    """Draw the town, then simulate doing nothing; a run that a twin kept shows its figures at once.

    Parameters
    ----------
    job
        Told ``town``, ``figures`` and ``ready`` as each is there.
    root, engine
        The twin folder and what simulates its City.
    language
        One of `twin.columns.LANGUAGES`.
    show
        Told what can be drawn, each time before the job is.
    """
    city = engine.city
    first, layout = town.layout(city, language)
    known = kept.agreeing(root, city, None, city.year)
    drawn = Drawn(first, layout, None, usual(root, city, known))
    show(drawn)
    job.tell("town", usual=drawn.usual)

    def tell(base: Result) -> None:
        held, figures = town.known(first, base, language)
        show(Drawn(held, layout, figures, drawn.usual))
        job.tell("figures")

    if known is not None:
        tell(known)
    base = engine.base(job.progress)
    if known is None or known.record["digest"] != base.record["digest"]:
        tell(base)
        keep(root, base)
    job.tell("ready")
    engine.before(max(city.year, datetime.now(UTC).year) + 1, job.progress)
    return {}


def keep(root: Path, base: Result) -> None:
    """Keep doing nothing in the twin, for the next start; a folder that is busy keeps it later."""
    try:
        kept.keep(root, base)
    except StoreError as error:
        _LOG.warning("Doing nothing could not be kept: %s", error)


def usual(root: Path, city: City, known: Result | None = None) -> float:
    """How long simulating doing nothing usually takes on this machine [s].

    As long as it took when a kept run of it was made; where none is kept, from the size of the
    town and the figures of studio.csv.

    Parameters
    ----------
    root
        The twin folder.
    city
        The City.
    known
        A kept run of doing nothing, if one is at hand.
    """
    told = known or _newest(root)
    if told is not None and not told.record.get("warm") and told.record.get("timings"):
        return float(sum(told.record["timings"].values()))
    figures = tables.figures("studio", "twin.data")
    size = (len(city.streets) + len(city.buildings)) / THOUSAND
    return figures["opening.start"] + figures["opening.thousand"] * size


def _newest(root: Path) -> Result | None:
    """The newest kept run of doing nothing that can be read, of whatever state of the City."""
    for name in reversed([one for one in store.runs(root) if one.startswith(f"{BASE}-")]):
        try:
            return store.open_run(root, name)
        except (StoreError, OSError):
            continue
    return None
