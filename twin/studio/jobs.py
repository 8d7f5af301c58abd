"""Work that takes longer than an answer: two at a time, a short queue, progress, cancel."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from layers.errors import InputError, TwinError
from twin.studio import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


RUNNING: Final = 2
"""Jobs that run at the same time [1]."""
WAITING: Final = 6
"""Jobs that may wait for their turn [1]."""
REMEMBERED: Final = 100
"""Jobs whose end can be asked for [1]."""
ENDS: Final = ("done", "failed", "cancelled")
_LOG: Final = logging.getLogger(__name__)


class BusyError(TwinError):
    """As many jobs run and wait as may."""


class CancelledError(Exception):
    """Somebody cancelled the job."""


@dataclass
class Job:
    """One piece of work.

    Parameters
    ----------
    id
        Name that cannot be guessed.
    events
        What happened, in order: kind and content. It only grows; the last one is one of `ENDS`.
    language
        That stages and faults are told in.
    """

    id: str
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)
    language: str = spoken.ENGLISH

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return bool(self.events) and self.events[-1][0] in ENDS

    def tell(self, kind: str, **content: Any) -> None:
        """Add an event."""
        self.events.append((kind, content))

    def progress(self, stage: str, share: float) -> None:
        """Tell how far it is; end the job here if somebody cancelled it.

        Raises
        ------
        CancelledError
            If somebody did.
        """
        if self.cancel.is_set():
            raise CancelledError
        last = self.events[-1] if self.events else ("", {})
        said, language = spoken.stage(stage, self.language)
        content = {"stage": said, "lang": language, "share": round(min(max(share, 0.0), 1.0), 3)}
        if last[0] != "progress" or last[1] != content:
            self.tell("progress", **content)


class Jobs:
    """All jobs of the studio; close it in the end.

    Parameters
    ----------
    language
        That they tell in.
    """

    def __init__(self, language: str = spoken.ENGLISH) -> None:
        self.language = language
        self._pool = ThreadPoolExecutor(RUNNING, thread_name_prefix="studio")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, work: Callable[[Job], Mapping[str, Any]]) -> Job:
        """Begin a job, or let it wait for its turn.

        Parameters
        ----------
        work
            Called in another thread with the job; what it returns ends the job as done.

        Raises
        ------
        BusyError
            If too many jobs wait.
        """
        with self._lock:
            open_ = sum(not job.ended for job in self._jobs.values())
            if open_ >= RUNNING + WAITING:
                raise BusyError("The studio is busy. Try again in some seconds.")
            job = Job(secrets.token_urlsafe(12), language=self.language)
            self._jobs[job.id] = job
            self._forget()
        self._pool.submit(_run, job, work)
        return job

    def _forget(self) -> None:
        ended = [name for name, job in self._jobs.items() if job.ended]
        for name in ended[: max(0, len(self._jobs) - REMEMBERED)]:
            del self._jobs[name]

    def get(self, name: str) -> Job | None:
        """A job by its id, or None."""
        return self._jobs.get(name)

    def close(self) -> None:
        """Cancel everything and wait until it stopped."""
        for job in list(self._jobs.values()):
            job.cancel.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run(job: Job, work: Callable[[Job], Mapping[str, Any]]) -> None:
    try:
        job.progress("", 0.0)
        result = work(job)
    except CancelledError:
        job.tell("cancelled")
    except TwinError as error:
        job.tell("failed", faults=spoken.faults(faults(error), job.language))
    except Exception:  # noqa: BLE001 - the page must hear of it, and the studio go on
        _LOG.exception("A job of the studio failed")
        found = [{"place": "", "reason": "The studio failed.", "advice": ""}]
        job.tell("failed", faults=spoken.faults(found, job.language))
    else:
        job.tell("done", **result)


def faults(error: TwinError) -> list[dict[str, str]]:
    """What is wrong, without the paths of files."""
    if isinstance(error, InputError):
        return [
            {"place": one.place, "reason": one.reason, "advice": one.advice}
            for one in error.faults[:50]
        ]
    return [{"place": "", "reason": str(error), "advice": ""}]
