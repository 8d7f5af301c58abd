"""Routes that tell what happens while it happens: server-sent events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import StreamingResponse

from twin.studio.messages import file_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from twin.studio.jobs import Job
    from twin.studio.state import Studio

router = APIRouter(prefix="/api")
JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
STEP: Final = 0.02
"""How often a job is looked at [s]."""
CALM: Final = 0.25
"""How often changes of others are looked for [s]."""
BEAT: Final = 15.0
"""How often a silent stream says that it is alive [s]."""
STREAMS: Final = 100
"""Streams that are open at the same time [1]."""


def _job(request: Request, name: str) -> Job:
    studio: Studio = request.app.state.studio
    begun = studio.opening  # never forgotten: whoever comes later hears what became of it
    found = begun if begun is not None and begun.id == name else studio.jobs.get(name)
    if found is None:
        raise HTTPException(404, "There is no such job.")
    return found


@router.get("/jobs/{name}")
def job(request: Request, name: JobId) -> dict[str, Any]:
    """How far a job is: its last event."""
    found = _job(request, name)
    kind, content = found.events[-1] if found.events else ("progress", {"stage": "", "share": 0})
    return {"event": kind, **content}


@router.post("/jobs/{name}/cancel")
def cancel(request: Request, name: JobId) -> dict[str, Any]:
    """Ask a job to stop; it does so at its next step."""
    found = _job(request, name)
    studio: Studio = request.app.state.studio
    if studio.opening is not found:  # everything later starts from it
        found.cancel.set()
    return {}


@router.get("/jobs/{name}/events", response_class=StreamingResponse,
            responses=file_of("text/event-stream"))  # fmt: skip
async def follow(request: Request, name: JobId) -> StreamingResponse:
    """Everything that happens in a job, until it ends."""
    return _stream(request, _events(_job(request, name)))


async def _events(found: Job) -> AsyncIterator[str]:
    seen, quiet = 0, 0.0
    while True:
        for kind, content in found.events[seen:]:
            seen, quiet = seen + 1, 0.0
            yield _event(kind, content)
        if found.ended and seen == len(found.events):
            return
        await asyncio.sleep(STEP)
        quiet += STEP
        if quiet > BEAT:
            quiet = 0.0
            yield ": still here\n\n"


def _event(kind: str, content: Mapping[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(content, allow_nan=False)}\n\n"


@router.get("/changes", response_class=StreamingResponse,
            responses=file_of("text/event-stream"))  # fmt: skip
async def changes(request: Request, once: bool = False) -> StreamingResponse:
    """Tells whenever somebody has changed a plan or sent a contribution."""
    return _stream(request, _changes(request, once))


async def _changes(request: Request, once: bool) -> AsyncIterator[str]:
    studio: Studio = request.app.state.studio
    told, quiet = -1, 0.0
    while True:
        if studio.changes != told:
            told, quiet = studio.changes, 0.0
            yield _event("changed", {"number": told})
        if once:
            return
        await asyncio.sleep(CALM)
        quiet += CALM
        if quiet > BEAT:
            quiet = 0.0
            yield ": still here\n\n"


def _stream(request: Request, found: AsyncIterator[str]) -> StreamingResponse:
    state = request.app.state
    count = getattr(state, "streams", 0)
    if count >= STREAMS:
        raise HTTPException(429, "Too many browsers listen.", {"retry-after": "5"})

    async def counted() -> AsyncIterator[str]:
        state.streams = getattr(state, "streams", 0) + 1
        try:
            async for text in found:
                yield text
        finally:
            state.streams -= 1

    headers = {"x-accel-buffering": "no"}  # nginx would hold events back
    return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)
