"""Corpus, pictures, uploads, accessibility and the keyboard in a real browser, on desktop and phone, light and dark."""

import json
from pathlib import Path

import pytest

from rag import Assistant, load_config
from tests.doubles.page import HOSTILE, QUESTION, served
from tests.doubles.screens import ALL_LOOKS, Opener, needs_chromium

pytest_plugins = ["tests.doubles.page_fixtures"]
pytestmark = needs_chromium


# --- corpus and pictures


def test_the_corpus_is_searched_sorted_paged_and_asked_about(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.tab("Corpus")
    page.wait_for_selector('.pc-found:has-text("372 papers")')
    user.press(page.get_by_role("button", name="Next"))
    page.wait_for_selector('.pc-pager:has-text("Page 2 of 15")')
    user.press("button", "Title")
    page.wait_for_selector('th[aria-sort="ascending"]:has-text("Title")')
    assert page.locator(".pc-row").first.inner_text().startswith("1-bit AI Infra")
    page.get_by_label("Search titles and abstracts").fill("LocalLeap")
    page.wait_for_selector('.pc-found:has-text("1 paper")')
    user.press(".pc-row")
    page.wait_for_selector('.pc-paper h2:has-text("Local Determinism Propagation")')
    assert page.locator(".pc-near .pc-row").count() == 8
    user.press(page.locator(".pc-near .pc-row").first)
    page.wait_for_selector('.pc-paper h2:not(:has-text("Local Determinism"))')
    title = page.locator(".pc-paper h2").inner_text()
    user.press(page.get_by_role("button", name="Ask about this paper"))
    page.wait_for_function("document.querySelector('#pc-question textarea').value.length > 0")
    assert page.input_value("#pc-question textarea") == f"What does “{title}” propose?"
    user.send(f"What does “{title}” propose?")
    user.done()
    user.unfold_sources()
    assert title in page.locator(".pc-source .pc-title").all_inner_texts()


def test_the_map_names_shows_and_opens_papers(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    cited = page.locator(".pc-source").count()
    user.tab("Pictures")
    page.wait_for_selector(".pc-dot")
    assert page.locator(".pc-dot").count() == 372 and page.locator(".pc-ring").count() == cited
    assert page.locator(".pc-group").count() >= 5 and page.locator(".pc-time rect").count() == 5
    ring = page.locator(".pc-ring").first
    title = ring.get_attribute("data-title")
    if user.look.phone:
        box, area = ring.bounding_box(), page.locator(".pc-map .pc-scroll").bounding_box()
        assert area["x"] <= box["x"] and box["x"] + box["width"] <= area["x"] + area["width"], "the map opens where the answer's papers are"
    else:
        ring.hover()
        assert page.locator(".pc-tip").inner_text() == title
    user.press(ring)
    page.wait_for_selector(".pc-paper h2")
    assert page.locator(".pc-paper h2").inner_text() == title


@pytest.mark.parametrize("look", [look for look in ALL_LOOKS if look.phone], ids=str, indirect=True)
def test_a_finger_beside_a_dot_opens_its_paper(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.tab("Pictures")
    page.wait_for_selector(".pc-dot")
    lowest = page.evaluate_handle("[...document.querySelectorAll('.pc-dot')].sort((a, b) => b.cy.baseVal.value - a.cy.baseVal.value)[0]")
    lowest.scroll_into_view_if_needed()
    title, box = lowest.get_attribute("data-title"), lowest.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] + 8)
    page.wait_for_selector(".pc-paper h2")
    assert page.locator(".pc-paper h2").inner_text() == title


def test_uploading_adds_reports_and_stays_harmless(visit: Opener, tmp_path: Path) -> None:
    own = Assistant(load_config(home=tmp_path / "own"))
    good = {
        "title": f"Zymurgy {HOSTILE}",
        "abstract": f"Zymurgy is the study of brewing. {HOSTILE} It is old." * 2,
        "organisation": HOSTILE,
    }
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(good) + '\n{"title": "no abstract <script>window.hurt=1</script>"}\n')
    with served(own, own.config) as url:
        user = visit(url=url)
        page = user.page
        user.tab("Corpus")
        user.press(page.get_by_role("button", name="Add papers"))
        page.set_input_files("#pc-add input[type=file]", str(file))
        user.press(page.get_by_role("button", name="Add to the corpus"))
        page.wait_for_selector('.pc-report:has-text("1 added, 0 changed, 0 unchanged, 1 refused")')
        assert "mine.jsonl, line 2" in page.locator(".pc-refused").inner_text()
        page.wait_for_selector('.pc-brand:has-text("373 papers")')
        page.get_by_label("Search titles and abstracts").fill("zymurgy")
        page.wait_for_selector('.pc-found:has-text("1 paper")')
        user.press(".pc-row")
        page.wait_for_selector('.pc-paper:has-text("brewing")')
        user.tab("Chat")
        user.ask("what is zymurgy?")
        user.unfold_sources()
        user.press(page.locator(".pc-source summary").first)
        user.tab("Pictures")
        page.wait_for_selector(".pc-dot")
        assert page.locator(".pc-dot").count() == 373
        assert page.locator("main img[src='x'], main script, main b").count() == 0 and page.evaluate("window.hurt") is None


# --- for everyone


@pytest.mark.parametrize("look", ALL_LOOKS, ids=str, indirect=True)
def test_axe_finds_nothing_serious(visit: Opener) -> None:
    from axe_playwright_python.sync_playwright import Axe

    user = visit()
    page = user.page
    user.ask("papers from 2025 on reasoning")
    user.press(".pc-cite")
    page.wait_for_selector(".pc-source details[open]")
    for place in ("Chat", "Corpus", "Pictures"):
        user.tab(place)
        page.wait_for_selector({"Chat": ".pc-turn", "Corpus": ".pc-table", "Pictures": ".pc-dot"}[place])
        if place == "Corpus":
            user.press(page.locator(".pc-row").first)
            page.wait_for_selector(".pc-paper")
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, json.dumps([(v["id"], [node["html"][:160] for node in v["nodes"][:4]]) for v in found], indent=1)


def test_the_keyboard_alone_asks_opens_sources_and_changes_tabs(visit: Opener) -> None:
    user = visit()
    page = user.page

    def reach(selector: str, key: str = "Tab", limit: int = 60) -> None:
        for _ in range(limit):
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not reach {selector}")

    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    user.done()
    page.wait_for_selector(".pc-source", state="attached")
    reach('.pc-cite[data-cite="2"]', "Shift+Tab", 90)
    page.keyboard.press("Enter")
    page.wait_for_selector('.pc-source[data-number="2"] details[open]')
    reach('.pc-source[data-number="2"] summary', limit=1)
    reach('[data-action="export"]', limit=60)
    reach('[role="tab"]', "Shift+Tab", 120)
    for action in ("edit", "copy", "retry", "link", "rate"):
        reach(f'[data-action="{action}"]', limit=90)
    reach("#pc-question textarea")
    reach("#pc-filters button")
