"""The routes of the studio; documented at /api/openapi.json.

Nothing that a request says becomes part of a path on the disk, except names of plans, which
`twin.folder.name` checks.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteError

from layers.errors import TwinError
from twin import __version__
from twin.studio import events, guard, page, people, planning, spoken
from twin.studio.drafts import ConflictError, UnknownError
from twin.studio.jobs import BusyError, faults
from twin.studio.messages import Login  # noqa: TC001 - FastAPI reads it at run time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from twin.studio.guard import Keys
    from twin.studio.state import Studio

_LOG: Final = logging.getLogger(__name__)
SHOWN: Final = 20
"""Faults of one request that are told [1]."""


def make(studio: Studio, keys: Keys) -> ASGIApp:
    """The whole studio as an ASGI application.

    Parameters
    ----------
    studio
        What it works on.
    keys
        Who may come in.
    """
    app = FastAPI(
        title="netzero-twin studio",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_life,
        responses=ERRORS,
    )
    app.state.studio, app.state.keys = studio, keys
    for kind, answer in HANDLERS:
        app.add_exception_handler(kind, answer)
    for router in (planning.router, people.router, events.router):
        app.include_router(router)
    app.add_api_route("/", enter, include_in_schema=False)
    app.add_api_route("/login", login, methods=["POST"], include_in_schema=False)
    app.add_api_route("/static/{name}", static, include_in_schema=False)
    app.add_api_route("/page", public_page, include_in_schema=False)
    return guard.Guard(app, keys)


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    app.state.studio.begin()
    yield
    app.state.studio.jobs.close()


async def enter(request: Request, token: str = "") -> Response:
    """The page of the studio, the way in, or a word on how to get in."""
    studio, keys = request.app.state.studio, request.app.state.keys
    if token:
        if not keys.fits(token, keys.token):
            return Response(page.closed(studio, keys.root), 403, media_type="text/html")
        answer = RedirectResponse(f"{keys.root}/", 303)
        answer.headers["set-cookie"] = keys.cookie(keys.enter())
        return answer
    session = request.state.session
    if session:
        html = page.studio_page(studio, keys.page_token(session), keys.root)
        return Response(html, media_type="text/html")
    html = (page.login if keys.password else page.closed)(studio, keys.root)
    return Response(html, 200 if keys.password else 401, media_type="text/html")


async def login(request: Request, said: Login) -> Response:
    """Come in with the password."""
    keys = request.app.state.keys
    if not keys.fits(said.password, keys.password):
        raise HTTPException(403, "That is not the password.")
    answer = JSONResponse({})
    answer.headers["set-cookie"] = keys.cookie(keys.enter())
    return answer


async def static(name: Annotated[str, Path(max_length=64)]) -> Response:
    """A script or style; the names are a fixed list."""
    found = page.assets().get(name)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    content, kind = found
    return Response(content, media_type=kind, headers={"cache-control": "no-cache"})


def public_page(request: Request) -> Response:
    """The page for everybody, as it was published last."""
    path = request.app.state.studio.page
    if not path.is_file():
        raise HTTPException(404, "Nothing is published yet.")
    html, policy = page.public(path.read_text(encoding="utf-8"), request.app.state.keys.root)
    headers = {"content-security-policy": policy}
    return Response(html, media_type="text/html", headers=headers)


def _answer(
    request: Request, status: int, found: list[dict[str, str]], **headers: str
) -> JSONResponse:
    told = spoken.faults(found, request.app.state.studio.language)
    return JSONResponse(
        {"faults": told}, status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


async def _told(request: Request, error: Exception) -> Response:
    """A fault of the input, in plain words."""
    assert isinstance(error, TwinError)
    if isinstance(error, BusyError):
        return _answer(request, 429, faults(error), retry_after="5")
    if isinstance(error, UnknownError):
        return _answer(request, 404, faults(error))
    return _answer(request, 409 if isinstance(error, ConflictError) else 422, faults(error))


async def _invalid(request: Request, error: Exception) -> Response:
    """A message that does not fit its description."""
    assert isinstance(error, RequestValidationError)
    found = [
        {"place": ".".join(str(part)[:40] for part in one["loc"]), "reason": one["msg"][:200],
         "advice": ""}
        for one in error.errors()[:SHOWN]
    ]  # fmt: skip
    return _answer(request, 422, found)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteError)
    found = [{"place": "", "reason": str(error.detail), "advice": ""}]
    return _answer(request, error.status_code, found, **dict(error.headers or {}))


async def _broken(request: Request, error: Exception) -> Response:
    _LOG.error("A request failed", exc_info=error)
    return _answer(request, 500, [{"place": "", "reason": "The studio failed.", "advice": ""}])


HANDLERS: Final = (
    (TwinError, _told),
    (RequestValidationError, _invalid),
    (StarletteError, _http),
    (Exception, _broken),
)

_FAULTS: Final = {
    "type": "object",
    "required": ["faults"],
    "properties": {
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {n: {"type": "string"} for n in ("place", "reason", "advice")},
            },
        }
    },
}
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": text, "content": {"application/json": {"schema": _FAULTS}}}
    for status, text in {
        400: "Not a request that can be read.",
        401: "Not let in.",
        403: "Not from the page of the studio.",
        404: "Not there.",
        405: "Not offered.",
        409: "Changed by somebody else.",
        413: "Too large.",
        415: "Not JSON.",
        422: "Not fitting; every fault is listed.",
        429: "Too much at once.",
    }.items()
}
