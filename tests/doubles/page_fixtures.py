"""A plug-in for the browser's tests: one server for all of them, one browser a file, a context of its own for each visit.

A test that takes `visit` runs once for every look.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag import Assistant, load_config
from tests.doubles.page import CHROMIUM, FLAGS, served
from tests.doubles.screens import LOOKS, Look, Opener, Visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium for one file of tests. Not for longer: while it runs, so does Playwright's event loop, and no test may start another."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page over the papers that ship: its address and data folder."""
    home = tmp_path_factory.mktemp("page-home")
    with served(assistant, load_config(home=home)) as url:
        yield url, home


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    """The screen of this run of the test."""
    found: Look = request.param
    return found


@pytest.fixture
def visit(browser: Any, site: tuple[str, Path], look: Look) -> Iterator[Opener]:
    """Opens the page as a fresh visitor. Afterwards: the look was kept, all requests went to loopback, no script failed."""
    contexts, visits = [], []

    def opened(url: str = "", path: str = "") -> Visit:
        context = look.context(browser)
        contexts.append(context)
        visited = Visit(context.new_page(), look)
        visits.append(visited)
        visited.page.on("request", lambda request: visited.requests.append(request.url))
        visited.page.on("pageerror", lambda error: visited.faults.append(str(error)))
        visited.page.goto((url or site[0]) + path)
        visited.page.wait_for_selector(".pc-example, .pc-turn")
        return visited

    yield opened
    kept = [(one.fits(), one.page.evaluate("document.body.classList.contains('dark')")) for one in visits]
    for context in contexts:
        context.close()
    assert all(at == (True, look.scheme == "dark") for at in kept), f"(nothing sticks out sideways, dark): {kept}"
    for one in visits:
        outside = {
            request for request in one.requests if not request.startswith(("data:", "blob:")) and urlsplit(request).hostname != "127.0.0.1"
        }
        assert not outside, f"the browser asked for {outside}"
        assert one.requests and not one.faults, one.faults
