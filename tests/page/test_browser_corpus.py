"""Corpus, pictures, uploads, accessibility and the keyboard in a real browser, on desktop and phone, light and dark."""

import json
from pathlib import Path

import pytest

from rag import Assistant, load_config
from tests.doubles.page import HOSTILE, QUESTION, served
from tests.doubles.screens import LOOKS, Opener, needs_chromium, on_desktop, on_every_screen, on_phone

pytest_plugins = ["tests.doubles.page_fixtures"]
pytestmark = [needs_chromium, pytest.mark.flaky(reruns=2)]  # on a busy machine a browser loses a tap now and then


# --- corpus and map


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
    assert page.locator(".pc-near .pc-row").count() == 8 and "Daily Papers page" in page.locator(".pc-paper").inner_text()
    user.press(page.locator(".pc-near .pc-row").first)
    page.wait_for_selector('.pc-paper h2:not(:has-text("Local Determinism"))')
    title = page.locator(".pc-paper h2").inner_text()
    user.press(page.get_by_role("button", name="Ask about this paper"))
    page.wait_for_selector(f'#pc-scope .pc-chip:has-text("{title}")')


@on_desktop
def test_a_paper_has_an_address_that_can_be_shared(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.tab("Corpus")
    user.press(page.locator(".pc-row").nth(1))
    page.wait_for_selector(".pc-paper h2")
    title = page.locator(".pc-paper h2").inner_text()
    user.press(page.get_by_role("button", name="Copy its link"))
    page.wait_for_selector('[data-action="copy-paper"].done')
    link = page.evaluate("navigator.clipboard.readText()")
    assert "?paper=" in link and page.evaluate("location.href") == link
    page.goto(link)
    page.wait_for_selector(f'.pc-paper h2:has-text("{title}")')


@on_phone
def test_a_wrong_date_is_told_and_the_table_stays(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.tab("Corpus")
    page.wait_for_selector(".pc-row")
    find = page.locator("#pc-find")
    find.get_by_label("From").fill("soon")
    page.wait_for_selector('#pc-date-fault [role="alert"]')
    assert "From: 'soon' is not a date" in page.locator("#pc-date-fault").inner_text() and page.locator(".pc-row").count() == 25
    find.get_by_label("From").fill("2025-10")
    page.wait_for_selector('#pc-date-fault:not(:has([role="alert"]))', state="attached")
    page.wait_for_selector('.pc-found:not(:has-text("372"))')


def test_the_map_shows_opens_and_chooses_papers(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    cited = page.locator(".pc-source .pc-num").count()
    user.tab("Map")
    page.wait_for_selector('#pc-map .js-plotly-plot[data-wired="1"]')
    traces = page.evaluate("document.querySelector('#pc-map .js-plotly-plot').data.map(t => t.x.length)")
    assert sum(traces) == 372 + cited and traces[-1] == cited
    assert page.locator("#pc-legend .pc-topic").count() >= 5
    page.wait_for_selector("#pc-time .js-plotly-plot")
    assert page.evaluate("document.querySelector('#pc-time .js-plotly-plot').data.length") >= 5
    ranges = "() => JSON.stringify(document.querySelector('#pc-map .js-plotly-plot').layout.xaxis.range)"
    drawn, area = page.evaluate(ranges), page.locator("#pc-map .nsewdrag").bounding_box()
    for start, end in ((150, 210), (210, 150)):  # it is moved about by hand, and back
        page.mouse.move(area["x"] + start, area["y"] + 150)
        page.mouse.down()
        page.mouse.move(area["x"] + end, area["y"] + 150, steps=3)
        page.mouse.up()
        page.wait_for_function(f"before => ({ranges})() !== before", arg=drawn)
        drawn = page.evaluate(ranges)
    lasso = "document.querySelector('#pc-map .js-plotly-plot').emit('plotly_selected', {points: [0, 1].map(i => ({customdata: ['x' + i, 'T']}))})"
    page.evaluate(lasso)
    assert "2 papers selected" in page.locator(".pc-bar").inner_text()
    user.press("button", "Clear")
    dot = page.locator("#pc-map .point").first
    box = dot.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    page.wait_for_selector(".pc-paper h2")


@on_phone
def test_a_topic_of_the_map_filters_the_table(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.tab("Map")
    page.wait_for_selector("#pc-legend .pc-topic")
    size = page.locator("#pc-legend .pc-count").first.inner_text()
    user.press("#pc-legend .pc-topic")
    page.wait_for_selector(f'.pc-found:has-text("{size} papers")')


@on_phone
def test_adding_reports_is_undone_and_stays_harmless(visit: Opener, tmp_path: Path) -> None:
    own = Assistant(load_config(home=tmp_path / "own"))
    good = {
        "title": f"Zymurgy {HOSTILE}",
        "abstract": f"Zymurgy is the study of brewing. {HOSTILE} It is old." * 2,
        "organisation": HOSTILE,
    }
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(good) + '\n{"abstract": "no title <script>window.hurt=1</script>, and nothing else"}\n')
    with served(own, own.config) as url:
        user = visit(url=url)
        page = user.page
        user.tab("Corpus")
        page.set_input_files("#pc-drop input[type=file]", str(file))
        page.wait_for_selector('#pc-drop :text("mine")')
        user.press("button", "Add")
        page.wait_for_selector('.pc-report:has-text("1 added, 1 refused")')
        assert "mine.jsonl, line 2" in page.locator(".pc-refused").inner_text()
        page.wait_for_selector('.pc-brand:has-text("373 papers")', state="attached")
        page.get_by_label("Search titles and abstracts").fill("zymurgy")
        page.wait_for_selector('.pc-found:has-text("1 paper")')
        user.press(".pc-row")
        page.wait_for_selector('.pc-paper:has-text("brewing")')
        user.tab("Map")
        page.wait_for_selector('#pc-map .js-plotly-plot[data-wired="1"]')
        assert page.locator("main img[src='x'], main script, main b:not(.pc-rel b)").count() == 0 and page.evaluate("window.hurt") is None
        user.tab("Corpus")
        user.press("button", "Undo")
        page.wait_for_selector('.pc-report:has-text("Undone: 1 taken out again")')
        page.wait_for_selector('.pc-none:has-text("No paper matches")')
        page.wait_for_selector('.pc-brand:has-text("372 papers")', state="attached")  # the last that undoing draws: the page stands still
        page.locator("#pc-pasted textarea").fill(
            "@misc{m, title={Malt}, abstract={We survey malt houses and their kilns in eleven towns.}}"
        )
        user.press("button", "Add")
        page.wait_for_selector('.pc-report:has-text("1 added")')
        page.wait_for_selector('.pc-brand:has-text("373 papers")', state="attached")
        page.get_by_label("Search titles and abstracts").fill("malt")
        page.wait_for_selector('.pc-found:has-text("1 paper")')
        page.locator("#pc-table .pc-choose").check()
        user.press(page.locator('.pc-bar [data-do="remove"]'))
        user.press(page.locator('.pc-bar [data-do="remove"]'))
        page.wait_for_selector('.pc-report:has-text("1 removed")')
        user.press("button", "Undo")
        page.wait_for_selector('.pc-report:has-text("1 put back")')


# --- for everyone


COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""Axe's rules on colours. All others are about what a screen holds, which is the same in light and in dark."""


@on_every_screen
def test_axe_finds_nothing_serious(visit: Opener) -> None:
    from axe_playwright_python.sync_playwright import Axe

    user = visit()
    page = user.page
    rules = {} if user.look in LOOKS else COLOURS

    def checked() -> None:
        found = [v for v in Axe().run(page, options=rules).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, json.dumps([(v["id"], [node["html"][:160] for node in v["nodes"][:4]]) for v in found], indent=1)

    page.wait_for_selector(".pc-topic", state="attached")
    checked()
    user.ask("papers from 2025 on reasoning")
    user.press(".pc-cite")
    page.wait_for_selector(".pc-source details[open]")
    checked()
    user.fold_sources()
    for place in ("Chat", "Corpus", "Map"):
        user.tab(place)
        page.wait_for_selector({"Chat": ".pc-turn", "Corpus": ".pc-table", "Map": '#pc-map [data-wired="1"]'}[place])
        if place == "Corpus":
            user.press(page.locator(".pc-row").first)
            page.wait_for_selector(".pc-paper")
            page.locator("#pc-table .pc-choose").first.check()
        checked()


@on_desktop
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
    page.wait_for_selector('.pc-source[data-number="2"] summary:focus')
    reach('[data-action="export"]', "Shift+Tab", limit=60)
    page.keyboard.press("Escape")
    reach('[role="tab"]', "Shift+Tab", 120)
    for action in ("edit", "copy", "retry", "link", "rate"):
        reach(f'[data-action="{action}"]', limit=90)
    reach("#pc-question textarea")
    reach("#pc-filters button")
