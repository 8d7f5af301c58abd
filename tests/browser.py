"""A real browser for pages: Chromium without network, every request and message recorded."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Seen:
    """What a page did: script errors, console messages, dialogs, requests."""

    page: Any
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def chromium() -> str:
    """Path of Chromium; without it the test is skipped, in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    return missing("Chromium is not installed (Debian: apt install chromium)")


@contextmanager
def opened(
    path: Path, width: int = 1280, height: int = 800, ready: str = ".twin-legend strong"
) -> Iterator[Seen]:
    """Open a page from its file, wait until it is drawn, and record what it does."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
            page: Any = context.new_page()
            seen = Seen(page)
            _record(page, seen)
            page.goto(path.resolve().as_uri())
            page.wait_for_selector(ready)
            yield seen
        finally:
            browser.close()


def _record(page: Any, seen: Seen) -> None:
    def console(said: Any) -> None:
        if said.type == "error":
            seen.errors.append(said.text)

    def dialog(asked: Any) -> None:
        seen.dialogs.append(asked.message)
        asked.dismiss()

    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", console)
    page.on("dialog", dialog)
    page.on("request", lambda request: seen.requests.append(request.url))
