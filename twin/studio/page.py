"""The pages of the studio, and their scripts and styles: a fixed list, read once."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape

from twin.maps import leaflet
from twin.studio.guard import POLICY
from twin.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.studio.state import Studio

LEAFLET: Final = ("leaflet.js", "leaflet.css")
MAP: Final = (
    "pack.js",
    "tiles.js",
    "names.js",
    "view.js",
    "swipe.js",
    "table.js",
    "search.js",
    "page.css",
)
"""Scripts and styles of the public page that the studio draws with."""
OWN: Final = (
    "api.js",
    "marks.js",
    "forms.js",
    "runs.js",
    "people.js",
    "studio.js",
    "login.js",
    "studio.css",
)
SCRIPTS: Final = (
    "leaflet.js", "pack.js", "tiles.js", "names.js", "view.js", "swipe.js", "table.js",
    "search.js", "api.js", "marks.js", "forms.js", "runs.js", "people.js", "studio.js",
)  # fmt: skip
"""In the order in which they build on each other."""
KINDS: Final[Mapping[str, str]] = {"js": "text/javascript", "css": "text/css"}
SEND: Final = "/public/contributions"
"""Where people send what they say."""
_META: Final = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


@cache
def assets() -> dict[str, tuple[str, str]]:
    """Name to text and media type of every script and style."""
    found = {name: leaflet.asset(name) for name in LEAFLET}
    found |= {name: leaflet.own(name) for name in MAP}
    ours = resources.files("twin.studio.static")
    found |= {name: ours.joinpath(name).read_text(encoding="utf-8") for name in OWN}
    return {name: (text, KINDS[name.rpartition(".")[2]]) for name, text in found.items()}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("twin.studio", "static"), autoescape=select_autoescape(default=True)
    )


def _page(name: str, studio: Studio, root: str, **values: Any) -> str:
    language = studio.language
    return (
        _templates()
        .get_template(name)
        .render(
            language=language, words=words(language), city=studio.city.name, root=root, **values
        )
    )  # fmt: skip


def studio_page(studio: Studio, token: str, root: str = "") -> str:
    """The studio for one session; changes carry the token.

    Parameters
    ----------
    studio
        What the page is of.
    token
        Of `guard.Keys.page_token`.
    root
        Path below which browsers reach it.
    """
    data = {
        "token": token,
        "words": words(studio.language),
        "language": studio.language,
        "year": studio.city.year,
        "root": root,
    }
    return _page("studio.html.j2", studio, root, data=leaflet.embed(data), scripts=SCRIPTS)


def login(studio: Studio, root: str = "") -> str:
    """Where the password is typed in; `root` as in `studio_page`."""
    return _page("login.html.j2", studio, root, password=True)


def closed(studio: Studio, root: str = "") -> str:
    """What somebody sees who has not got the start address; `root` as in `studio_page`."""
    return _page("login.html.j2", studio, root, password=False)


def public(html: str, root: str = "") -> tuple[str, str]:
    """The published page as the studio serves it: people may send what they say to the studio.

    Parameters
    ----------
    html
        The page.
    root
        As in `studio_page`.

    Returns
    -------
    tuple
        The page, and its policy as a header: what the page says itself, framed by nobody.
    """
    found = _META.search(html)
    if found is None:
        return html, POLICY
    policy = f"{found[1]}; connect-src 'self'"
    served = html.replace(found[1], policy, 1)
    served = served.replace("<body>", f'<body data-send="{root}{SEND}">', 1)
    return served, f"{policy}; frame-ancestors 'none'"
