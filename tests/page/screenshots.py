"""Writes pictures of the page's main states: `python -m tests.page.screenshots DIR`. For looking at, not a test.

Desktop and phone, light and dark, each with: first view, answer, source, abstention, corpus, adding, map.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from rag import Assistant, load_config
from tests.doubles.page import CHROMIUM, FLAGS, QUESTION, served
from tests.doubles.screens import ALL_LOOKS


def take(page: Any, url: str, prefix: str) -> None:
    """Walk through the states of one viewport and scheme."""

    def shot(name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=f"{prefix}-{name}.png")

    page.goto(url)
    page.wait_for_selector(".pc-topic", state="attached")
    shot("1-first-view")
    page.fill("#pc-question textarea", QUESTION)
    page.click("#pc-question .submit-button")
    page.wait_for_selector('.pc-turn[data-state="done"]')
    page.wait_for_selector(".pc-source", state="attached")
    shot("2-answer")
    page.click('.pc-cite[data-cite="2"]')
    page.wait_for_selector('.pc-source[data-number="2"] mark')
    shot("3-source")
    page.keyboard.press("Escape")
    page.fill("#pc-question textarea", "which papers study soil erosion since 2024?")
    page.click("#pc-question .submit-button")
    page.wait_for_selector('.pc-turn[data-turn="1"][data-state="done"]')
    shot("4-abstention")
    page.get_by_role("tab", name="Corpus").click()
    page.locator(".pc-row").nth(2).click()
    page.wait_for_selector(".pc-paper")
    page.locator("#pc-table .pc-choose").nth(1).check()
    shot("5-corpus")
    page.locator("#pc-table .pc-choose").nth(1).uncheck()
    page.fill(
        "#pc-pasted textarea", "@misc{a, title={Malt houses}, abstract={We survey malt houses and their kilns in eleven towns.}} @misc{b}"
    )
    page.click("#pc-add-button")
    page.wait_for_selector(".pc-report, .pc-fault")
    page.evaluate("scrollTo(0, 0)")
    shot("6-adding")
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector('#pc-map [data-wired="1"]')
    shot("7-map")


def main(folder: Path) -> None:
    """All viewports and schemes into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        assistant = Assistant(load_config(home=Path(home)))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        with served(assistant, assistant.config) as url:
            for look in ALL_LOOKS:
                context = look.context(browser)
                context.set_default_timeout(180_000)  # nothing is tested here, and the machine may be busy
                take(context.new_page(), url, str(folder / str(look)))
                context.close()
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path, help="a folder to write the pictures to")
    main(parser.parse_args().dir)
