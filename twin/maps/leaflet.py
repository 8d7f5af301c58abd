"""A folium map that needs nobody: Leaflet inlined, no tiles, every value as text, CSP by hash."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import folium
from branca.element import MacroElement
from folium.template import Template
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from layers.errors import TwinError
from twin import folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from branca.element import Figure

LOADED = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*(?!["']?data:)""", re.IGNORECASE
)
"""A tag that would load something from elsewhere."""
SCRIPTS = ("pack.js", "tiles.js", "names.js", "map.js")
"""Scripts of the quick map, in the order in which they build on each other."""
INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)


class OfflineMap(folium.Map):
    """A `folium.Map` that makes no request and lets people zoom.

    Folium's own page takes six scripts from other hosts and forbids pinch zoom; this one carries
    Leaflet from the installed package django-js-lib-leaflet (BSD-2-Clause).
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads it so
    default_css: list[tuple[str, str]] = []  # noqa: RUF012 - the same
    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}
        });
        L.control.scale({imperial: false}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: list[list[float]]) -> None:
        (south, west), (north, east) = bounds
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            prefer_canvas=True,
            zoom_snap=0.25,
            max_zoom=20,
        )
        self._name = "Map"
        root = self.figure
        root.header.add_child(_Inline("style", asset("leaflet.css")), name="leaflet_css")
        root.header.add_child(_Inline("style", own("map.css")), name="twin_css")
        root.header.add_child(_Inline("script", asset("leaflet.js")), name="leaflet")
        for name in SCRIPTS:
            root.header.add_child(_Inline("script", own(name)), name=name)

    @property
    def figure(self) -> Figure:
        """The page that holds the map."""
        return cast("Figure", self.get_root())

    def page(self) -> str:
        """The whole map as one HTML text, with a content security policy.

        Raises
        ------
        TwinError
            If something added to the map would load a file from elsewhere.
        """
        return closed(self.get_root().render())

    def save_page(self, path: Path) -> Path:
        """Write the page, whole or not at all; its folder is made where it is missing."""
        folder.write(path, self.page().encode())
        return path


class _Inline(MacroElement):
    """One inlined script or style."""

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag, self.text = tag, text

    def render(self, **_: Any) -> str:
        return f"<{self.tag}>{self.text}</{self.tag}>"


class TwinView(MacroElement):
    """The twin's layers, legend and panel on an `OfflineMap`.

    Parameters
    ----------
    content
        JSON-able description of the map: what `layers` built, words, notes.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        twinMap({{ this._parent.get_name() }},
                JSON.parse(document.getElementById({{ this.get_name()|tojson }}).textContent));
        {% endmacro %}
        """
    )

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = "twin"
        self.content = content

    def render(self, **kwargs: Any) -> str:
        """Put the panel and the data into the page, then the call that draws them."""
        super().render(**kwargs)
        root = cast("Figure", self.get_root())
        panel = environment().get_template("panel.html.j2").render(**self.content["panel"])
        root.html.add_child(_Raw(panel), name="panel")
        data = embed({k: v for k, v in self.content.items() if k != "panel"})
        tag = f'<script type="application/json" id="{self.get_name()}">{data}</script>'
        root.html.add_child(_Raw(tag), name="data")
        return ""


class _Raw(MacroElement):
    """HTML that is already safe."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html

    def render(self, **_: Any) -> str:
        return self.html


def embed(content: Any) -> Markup:
    """JSON that stays text inside a script element, whatever the values hold."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - escaped in the line above


@cache
def asset(name: str) -> str:
    """A file of the installed Leaflet, ready to be inlined."""
    place = resources.files("js_lib_leaflet").joinpath("static/js_lib_leaflet")
    text = place.joinpath(name).read_text(encoding="utf-8")
    text = re.sub(r"url\((?!data:)[^)]*\)", "none", text) if name.endswith(".css") else text
    return re.sub(r"/[/*]# sourceMappingURL=\S*", "", text)


@cache
def own(name: str) -> str:
    """A script or style of this project."""
    return resources.files("twin.maps.static").joinpath(name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Templates of this room; every value is escaped."""
    return Environment(
        loader=PackageLoader("twin.maps", "static"), autoescape=select_autoescape(default=True)
    )


def markup(text: str) -> Markup:
    """A script or style of an installed package or of this project, as it stands."""
    return Markup(text)  # noqa: S704 - `asset` and `own` only, never a value of a City


def closed(html: str) -> str:
    """Close a page against everything outside it.

    Raises
    ------
    TwinError
        If it would load a file from elsewhere.
    """
    found = LOADED.search(html)
    if found:
        raise TwinError(
            f"The map would load a file from elsewhere ({found.group()[:60]}...). "
            "Leave out the folium plugin that asks for it."
        )
    return _with_policy(html)


def _with_policy(html: str) -> str:
    """Allow exactly the scripts and styles that stand in the page, and no request."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attributes, text in INLINE.findall(html):
        if "application/json" not in attributes:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            hashes[tag.lower()].append(f"'sha256-{digest}'")
    policy = (
        "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'; "
        f"script-src {' '.join(hashes['script'])}; style-src {' '.join(hashes['style'])}"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace("<head>", f"<head>\n{meta}", 1)
