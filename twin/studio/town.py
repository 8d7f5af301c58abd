"""The town as the studio's map draws it: from the City alone at once, its figures when they come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twin.maps import indicators, pack, page_content
from twin.studio.figures import BASE, Town

if TYPE_CHECKING:
    from twin.city import City
    from twin.result import Result

FIRST: Final = "vehicles"
"""Figure that is shown first."""


def layout(city: City, language: str) -> tuple[Town, dict[str, Any]]:
    """Lay out what the page draws and lets people choose while no figure is known.

    Parameters
    ----------
    city
        The City.
    language
        One of `twin.columns.LANGUAGES`.

    Returns
    -------
    tuple
        The town without doing nothing, and the content of the page; see `page_content.layout`.
    """
    _, objects = indicators.collect(city, {}, "", public=False)
    subject = page_content.Subject(city, {}, "", (), objects, language, public=False)
    found = page_content.layout(subject)
    for name, layer in found["layers"].items():
        layer["ids"] = pack.lines(map(str, objects[name].index))
    return Town(city, {name: frame.index for name, frame in objects.items()}), found


def known(town: Town, base: Result, language: str) -> tuple[Town, dict[str, Any]]:
    """The town once doing nothing is simulated, and its figures with their legends.

    Parameters
    ----------
    town
        Of `layout`.
    base
        Doing nothing in the City's own year.
    language
        As in `layout`.

    Returns
    -------
    tuple
        The town, and what the page colours; see `page_content.figures`. A town without any figure
        has no ``indicators``.
    """
    city, runs = town.city, {BASE: base}
    shown, objects = indicators.collect(city, runs, BASE, public=False)
    found: dict[str, Any] = {"indicators": [], "start": "", "width": None}
    if shown:
        subject = page_content.Subject(city, runs, BASE, shown, objects, language, public=False)
        found = page_content.figures(subject, FIRST)
    return replace(town, base=base), found
