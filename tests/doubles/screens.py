"""Screens that the page is tested on, and a visitor who knows how a feature is reached on each.

A press is a tap on a phone, and folded parts are opened first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.doubles.page import CHROMIUM, DESKTOP, PHONE

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; `apt-get install chromium` brings it")


@dataclass(frozen=True)
class Look:
    """A screen and its colours."""

    phone: bool
    scheme: str

    def __str__(self) -> str:
        return f"{'phone' if self.phone else 'desktop'}-{self.scheme}"

    def context(self, browser: Any) -> Any:
        context = browser.new_context(
            viewport=PHONE if self.phone else DESKTOP, color_scheme=self.scheme, is_mobile=self.phone, has_touch=self.phone,
            reduced_motion="reduce", accept_downloads=True, permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        context.set_default_timeout(30_000)  # Playwright's own: a busy machine is no fault of the page
        return context


LOOKS = [Look(False, "light"), Look(True, "dark")]
ALL_LOOKS = [Look(phone, scheme) for phone in (False, True) for scheme in ("light", "dark")]


on_desktop, on_phone = (pytest.mark.parametrize("look", [look], ids=str, indirect=True) for look in LOOKS)
"""For tests of what is the same on every screen: one of the two is enough, and the suite stays short."""

on_every_screen = pytest.mark.parametrize("look", ALL_LOOKS, ids=str, indirect=True)
"""For tests of colours."""


@dataclass
class Visit:
    """One visitor with a page, what it asked the network for, and the scripts that failed."""

    page: Any
    look: Look
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def press(self, what: Any, name: str = "") -> None:
        """Click, or tap on a phone: a selector, a locator, or a role with a name."""
        if name:
            what = self.page.get_by_role(what, name=name, exact=True)
        elif isinstance(what, str):
            what = self.page.locator(what).first
        what.tap() if self.look.phone else what.click()

    def tab(self, name: str) -> None:
        self.press("tab", name)

    def ask(self, question: str, at: int = 0) -> None:
        """Ask, and wait until turn `at` is no longer running. A phone has no Enter to rely on: its button asks."""
        self.send(question)
        self.done(at)

    def send(self, question: str) -> None:
        self.page.fill("#pc-question textarea", question)
        if self.look.phone:
            self.press("button", "Ask")
        else:
            self.page.keyboard.press("Enter")

    def done(self, at: int = 0) -> None:
        from playwright.sync_api import TimeoutError as TooLate

        try:
            self.page.wait_for_selector(f'.pc-turn[data-turn="{at}"]:not([data-state="running"])')
        except TooLate as error:
            raise AssertionError(f"turn {at} did not end; the page shows: {self.page.inner_text('body')}") from error

    def unfold_sources(self) -> None:
        """The panel with the sources: beside the answer, or in a sheet over it on a phone."""
        self.page.wait_for_selector(".pc-source", state="attached")
        if self.look.phone and self.page.locator(".pc-source").first.is_hidden():
            self.press(self.page.get_by_role("button", name="Show the sources").last)
        self.page.wait_for_selector(".pc-source")

    def fold_sources(self) -> None:
        """Back to the answer."""
        if self.look.phone:
            self.press("button", "Close the sources")
            self.page.wait_for_selector("body:not(.pc-sheet)")

    def unfold_chats(self) -> None:
        """The list of conversations: at the left, or behind its heading on a phone."""
        if self.look.phone and self.page.locator(".pc-open").first.is_hidden():
            self.press(".pc-toggle")
        self.page.wait_for_selector(".pc-open")

    def fits(self) -> bool:
        """Nothing sticks out sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


Opener = Callable[..., Visit]
