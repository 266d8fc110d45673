"""A page in Chromium that notes everything a visitor must never see."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def chromium() -> str:
    """Path of the browser (CHROMIUM, else the usual places); skips the test without one."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    for place in (os.environ.get("CHROMIUM", ""), *PLACES):
        if place and Path(place).exists():
            return place
    pytest.skip("Chromium absent (set CHROMIUM to its path)")


@dataclass
class Visit:
    """One page and what went wrong on it."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def foreign(self, home: str) -> list[str]:
        """Requests to anything but ``home`` and in-page data."""
        return [url for url in self.requests if not url.startswith((home, "data:", "blob:"))]


@contextlib.contextmanager
def launched() -> Iterator[Any]:
    """Run a browser; it serves many visits, which share nothing."""
    from playwright.sync_api import sync_playwright

    executable = chromium()
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def visit(browser: Any, url: str, width: int, height: int) -> Iterator[Visit]:
    """Open a page at a window size; below 700 px as a phone with a touch screen."""
    phone = width < 700
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=phone, is_mobile=phone, locale="en-US",
    )  # fmt: skip
    try:
        page = context.new_page()
        found = Visit(page)
        page.on("console", lambda message: found.console.append(message.text))
        page.on("pageerror", lambda error: found.console.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("requestfailed", lambda request: found.console.append(request.url))
        page.goto(url)
        page.wait_for_selector("body.prete")
        yield found
    finally:
        context.close()


def centre_of(page: Any, building_id: str) -> tuple[float, float]:
    """Point of the window at the middle of the largest plane (or footprint) of a building."""
    x, y = page.evaluate(
        """(id) => {
          const roof = CADASTRE.roofs[id];
          const path = roof.layers[roof.layers.length > 1 ? 1 : 0];
          const point = CADASTRE.map.latLngToContainerPoint(path.getBounds().getCenter());
          const box = CADASTRE.map.getContainer().getBoundingClientRect();
          return [point.x + box.left, point.y + box.top];
        }""",
        building_id,
    )
    return float(x), float(y)
