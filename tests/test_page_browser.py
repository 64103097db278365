"""The page in a real browser: Chromium, desktop and phone, light and dark. Every request must stay on loopback."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from bibtexparser.entrypoint import parse_string

from rag import Assistant, load_config
from rag.errors import ModelError
from tests.page_help import CHROMIUM, DESKTOP, FLAGS, PHONE, Directed, served

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; `apt-get install chromium` brings it")
QUESTION = "Which papers speed up dLLM decoding?"
HOSTILE = (
    '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b onclick="window.hurt=1">bold</b> [x](javascript:window.hurt=1)'
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page over the papers that ship: its address and data folder."""
    home = tmp_path_factory.mktemp("page-home")
    with served(assistant, load_config(home=home)) as url:
        yield url, home


@dataclass
class Tab:
    """One browser context with its page, and what it asked the network for."""

    page: Any
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


Opener = Callable[..., Tab]


@pytest.fixture
def visit(browser: Any, site: tuple[str, Path]) -> Iterator[Opener]:
    """Opens the page as a fresh visitor. Afterwards: all requests went to loopback, no script failed."""
    contexts, tabs = [], []

    def opened(size: dict[str, int] = DESKTOP, scheme: str = "light", url: str = "", path: str = "") -> Tab:
        phone = size is PHONE
        context = browser.new_context(
            viewport=size, color_scheme=scheme, is_mobile=phone, has_touch=phone, reduced_motion="reduce", accept_downloads=True
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(15_000)
        contexts.append(context)
        tab = Tab(context.new_page())
        tabs.append(tab)
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.page.goto((url or site[0]) + path)
        tab.page.wait_for_selector(".pc-example, .pc-turn")
        return tab

    yield opened
    for context in contexts:
        context.close()
    for tab in tabs:
        outside = {
            request for request in tab.requests if not request.startswith(("data:", "blob:")) and urlsplit(request).hostname != "127.0.0.1"
        }
        assert not outside, f"the browser asked for {outside}"
        assert tab.requests and not tab.faults, tab.faults


def ask(page: Any, question: str, at: int = 0) -> None:
    page.fill("#pc-question textarea", question)
    page.keyboard.press("Enter")
    done(page, at)


def done(page: Any, at: int = 0) -> None:
    page.wait_for_selector(f'.pc-turn[data-turn="{at}"]:not([data-state="running"])')


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


# --- asking and sources


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def test_a_citation_opens_its_source_with_the_quote_marked(visit: Opener, size: dict[str, int], scheme: str, assistant: Assistant) -> None:
    page = visit(size, scheme).page
    page.click(f'.pc-example:has-text("{QUESTION}")')
    done(page)
    assert page.locator(".pc-account").first.inner_text().lower().startswith("considered ")
    page.click('.pc-cite[data-cite="3"]')
    source = page.locator('.pc-source[data-number="3"]')
    source.locator("mark").wait_for(state="visible")
    citation = assistant.query(QUESTION).citations[2]
    assert source.locator("mark").inner_text() == citation.quote
    assert source.locator(".pc-abstract").inner_text() == citation.paper.abstract
    assert source.locator(".pc-title").inner_text() == citation.paper.title
    assert page.locator(".pc-source .pc-num").all_inner_texts() == [str(n + 1) for n in range(page.locator(".pc-source").count())]
    link = source.get_by_role("link", name="Find the paper")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    if size is PHONE:
        page.click('[data-action="back"]')
        assert page.locator(".pc-source").first.is_hidden(), "the panel folds under the answer"


def test_sources_of_an_earlier_answer_open_too(visit: Opener) -> None:
    page = visit().page
    ask(page, QUESTION)
    ask(page, "kv cache compression", 1)
    page.wait_for_selector('.pc-panel[data-turn="1"]')
    page.click('.pc-turn[data-turn="0"] .pc-cite[data-cite="2"]')
    page.wait_for_selector('.pc-panel[data-turn="0"] .pc-source[data-number="2"] details[open]')


def test_conversations_survive_a_reload_and_can_be_opened_and_deleted(visit: Opener) -> None:
    page = visit().page
    ask(page, "kv cache compression")
    page.click("#pc-new button, button#pc-new")
    page.wait_for_selector(".pc-welcome")
    ask(page, "speculative decoding")
    page.reload()
    page.wait_for_selector('.pc-turn[data-state="done"]')
    assert page.locator(".pc-open").all_inner_texts() == ["speculative decoding", "kv cache compression"]
    page.click('.pc-open:has-text("kv cache")')
    page.wait_for_selector('.pc-asked:has-text("kv cache compression")')
    page.get_by_role("button", name="Delete: kv cache compression").click()
    page.wait_for_selector(".pc-welcome")
    assert page.locator(".pc-open").all_inner_texts() == ["speculative decoding"]


def test_a_link_reopens_a_question_with_its_filters(visit: Opener) -> None:
    page = visit(path="?q=papers+on+attention&since=2025-10").page
    done(page)
    assert page.locator(".pc-asked").inner_text() == "papers on attention"
    assert page.locator(".pc-chip").all_inner_texts() == ["from Oct 2025"]
    page.get_by_role("button", name="Copy a link to this question").click()
    page.wait_for_selector('[data-action="link"].done')
    assert page.evaluate("navigator.clipboard.readText()").endswith("?q=papers+on+attention&since=2025-10")
    assert "q=" not in page.url, "a reload does not ask again"


def test_retry_edit_and_copy(visit: Opener) -> None:
    page = visit().page
    ask(page, "kv cache compression")
    page.get_by_role("button", name="Copy the answer").click()
    page.wait_for_selector('[data-action="copy"].done')
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in copied and "<" not in copied
    before, answer = page.locator(".pc-answer").inner_text(), page.locator(".pc-turn").get_attribute("data-answer")
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_selector(f'.pc-turn[data-state="done"]:not([data-answer="{answer}"])')
    assert page.locator(".pc-answer").inner_text() == before
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_role("textbox", name="Edit the question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.pc-turn[data-state="done"] .pc-asked:has-text("{QUESTION}")')
    assert page.locator(".pc-turn").count() == 1


def test_filters_as_controls_and_as_removable_chips(visit: Opener) -> None:
    page = visit().page
    page.click('#pc-filters button:has-text("Filters")')
    page.locator("#pc-filters").get_by_label("From").fill("2025-10")
    ask(page, "papers by Microsoft on reasoning")
    assert page.locator(".pc-chip").all_inner_texts() == ["from Oct 2025", "by Microsoft"]
    page.get_by_role("button", name="Remove the filter: from Oct 2025").click()
    page.wait_for_selector('.pc-turn[data-state="done"] .pc-chips:not(:has-text("from"))')
    assert page.locator("#pc-filters").get_by_label("From").input_value() == ""
    page.get_by_role("button", name="Remove the filter: by Microsoft").click()
    page.wait_for_selector('.pc-turn[data-state="done"]:not(:has(.pc-chip))')
    assert page.locator(".pc-asked").inner_text() == "papers by Microsoft on reasoning"


def test_export_saves_the_cited_papers(visit: Opener) -> None:
    page = visit().page
    ask(page, QUESTION)
    page.wait_for_selector(".pc-source")
    count = page.locator(".pc-source").count()
    texts = {}
    for name, file in (("BibTeX", "papers.bib"), ("CSV", "papers.csv"), ("Markdown", "answer.md")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=name, exact=True).click()
        assert saved.value.suggested_filename == file
        texts[name] = Path(saved.value.path()).read_text("utf-8")
    assert len(parse_string(texts["BibTeX"]).entries) == count
    assert texts["CSV"].startswith("number,title,") and QUESTION in texts["Markdown"]


def test_like_and_dislike_with_a_word_are_kept(visit: Opener, site: tuple[str, Path]) -> None:
    page = visit().page
    ask(page, "speculative decoding")
    page.get_by_role("button", name="Poor answer").click()
    page.fill(".pc-word input", "misses <b>Medusa</b>")
    page.keyboard.press("Enter")
    page.wait_for_selector('.pc-thanks:has-text("misses <b>Medusa</b>")')
    with sqlite3.connect(site[1] / "feedback.sqlite") as kept:
        row = kept.execute("SELECT rating, word, question FROM feedback ORDER BY at DESC").fetchone()
    assert row == (-1, "misses <b>Medusa</b>", "speculative decoding")


def test_without_a_model_one_quiet_line_says_so(visit: Opener) -> None:
    page = visit().page
    ask(page, "kv cache compression")
    assert page.get_by_text("No language model is set").count() == 1
    assert "PAPERCHAT_LLM_MODEL" in page.locator("#pc-notice").inner_text()


# --- a model's answers, directed by the test


@pytest.fixture
def directed(assistant: Assistant, tmp_path: Path) -> Iterator[tuple[Directed, str]]:
    answers = Directed(assistant, lambda question: ("A first word ", f"and the rest. {HOSTILE if 'hostile' in question else ''} ", "[1]"))
    with served(answers, load_config(home=tmp_path / "directed", llm_model="fake-model")) as url:
        yield answers, url
    answers.go.set()


def test_stop_keeps_what_was_streamed(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    page = visit(url=url).page
    page.fill("#pc-question textarea", "please wait")
    page.keyboard.press("Enter")
    page.wait_for_selector('.pc-turn[data-state="running"] .pc-answer:has-text("A first word")')
    assert (
        "writing" in page.locator(".pc-steps .now").inner_text() and "searching 372 papers" in page.locator(".pc-steps .past").inner_text()
    )
    page.locator("#pc-question .stop-button").click()
    page.wait_for_selector('.pc-turn[data-state="stopped"]')
    answers.go.set()
    assert page.locator(".pc-answer").inner_text().strip() == "A first word" and page.get_by_text("Stopped.").is_visible()
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_selector('.pc-turn[data-state="done"] .pc-answer:has-text("and the rest")')
    assert page.locator("#pc-notice").count() == 0


def test_a_fault_shows_its_sentence_and_keeps_the_conversation(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    answers.fault = ModelError("the endpoint refused the key; check OPENAI_API_KEY")
    page = visit(url=url).page
    ask(page, "first")
    ask(page, "fault", 1)
    assert "check OPENAI_API_KEY" in page.locator('.pc-turn[data-turn="1"] [role="alert"]').inner_text()
    ask(page, "third", 2)
    assert page.locator('.pc-turn[data-state="done"]').count() == 2


def test_hostile_questions_and_answers_stay_text(visit: Opener, directed: tuple[Directed, str]) -> None:
    page = visit(url=directed[1]).page
    ask(page, f"hostile {HOSTILE}")
    assert HOSTILE in page.locator(".pc-asked").inner_text() and "<script>" in page.locator(".pc-answer").inner_text()
    assert page.locator("#pc-transcript :is(a, img, script, b)").count() == 0
    page.reload()
    page.wait_for_selector(".pc-turn")
    assert page.evaluate("window.hurt") is None


def test_visitors_at_once_see_only_their_own(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    pages = [visit(url=url).page for _ in range(3)]
    for number, page in enumerate(pages):
        page.fill("#pc-question textarea", f"wait for visitor {number}")
        page.keyboard.press("Enter")
    for page in pages:
        page.wait_for_selector('.pc-answer:has-text("A first word")')
    answers.go.set()
    for number, page in enumerate(pages):
        done(page)
        text = page.inner_text("body")
        assert f"wait for visitor {number}" in text and all(f"visitor {other}" not in text for other in range(3) if other != number)


# --- corpus and pictures


def test_the_corpus_is_searched_sorted_paged_and_asked_about(visit: Opener) -> None:
    page = visit().page
    tab(page, "Corpus")
    page.wait_for_selector('.pc-found:has-text("372 papers")')
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector('.pc-pager:has-text("Page 2 of 15")')
    page.get_by_role("button", name="Title", exact=True).click()
    page.wait_for_selector('th[aria-sort="ascending"]:has-text("Title")')
    assert page.locator(".pc-row").first.inner_text().startswith("1-bit AI Infra")
    page.get_by_label("Search titles and abstracts").fill("LocalLeap")
    page.wait_for_selector('.pc-found:has-text("1 paper")')
    page.click(".pc-row")
    page.wait_for_selector('.pc-paper h2:has-text("Local Determinism Propagation")')
    assert page.locator(".pc-near .pc-row").count() == 8
    page.locator(".pc-near .pc-row").first.click()
    page.wait_for_selector('.pc-paper h2:not(:has-text("Local Determinism"))')
    title = page.locator(".pc-paper h2").inner_text()
    page.get_by_role("button", name="Ask about this paper").click()
    page.wait_for_function("document.querySelector('#pc-question textarea').value.length > 0")
    assert page.input_value("#pc-question textarea") == f"What does “{title}” propose?"
    page.locator("#pc-question textarea").press("Enter")
    done(page)
    assert title in page.locator(".pc-source .pc-title").all_inner_texts()


def test_the_map_names_shows_and_opens_papers(visit: Opener) -> None:
    page = visit().page
    ask(page, QUESTION)
    cited = page.locator(".pc-source").count()
    tab(page, "Pictures")
    page.wait_for_selector(".pc-dot")
    assert page.locator(".pc-dot").count() == 372 and page.locator(".pc-ring").count() == cited
    assert page.locator(".pc-group").count() >= 5 and page.locator(".pc-time rect").count() == 5
    ring = page.locator(".pc-ring").first
    ring.hover()
    title = page.locator(".pc-tip").inner_text()
    assert title == ring.get_attribute("data-title")
    ring.click()
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
        page = visit(url=url).page
        tab(page, "Corpus")
        page.get_by_role("button", name="Add papers").click()
        page.set_input_files("#pc-add input[type=file]", str(file))
        page.get_by_role("button", name="Add to the corpus").click()
        page.wait_for_selector('.pc-report:has-text("1 added, 0 changed, 0 unchanged, 1 refused")')
        assert "mine.jsonl, line 2" in page.locator(".pc-refused").inner_text()
        page.wait_for_selector('.pc-brand:has-text("373 papers")')
        page.get_by_label("Search titles and abstracts").fill("zymurgy")
        page.wait_for_selector('.pc-found:has-text("1 paper")')
        page.click(".pc-row")
        page.wait_for_selector('.pc-paper:has-text("brewing")')
        tab(page, "Chat")
        ask(page, "what is zymurgy?")
        page.wait_for_selector(".pc-source")
        page.locator(".pc-source summary").first.click()
        tab(page, "Pictures")
        page.wait_for_selector(".pc-dot")
        assert page.locator(".pc-dot").count() == 373
        assert page.locator("main img[src='x'], main script, main b").count() == 0 and page.evaluate("window.hurt") is None


# --- for everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Opener, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(DESKTOP if scheme == "light" else PHONE, scheme).page
    ask(page, "papers from 2025 on reasoning")
    if scheme == "light":
        page.locator(".pc-cite").first.click()
    for place in ("Chat", "Corpus", "Pictures"):
        tab(page, place)
        page.wait_for_selector({"Chat": ".pc-turn", "Corpus": ".pc-table", "Pictures": ".pc-dot"}[place])
        if place == "Corpus":
            page.locator(".pc-row").first.click()
            page.wait_for_selector(".pc-paper")
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, json.dumps([(v["id"], [node["html"][:160] for node in v["nodes"][:4]]) for v in found], indent=1)


def test_the_keyboard_alone_asks_opens_sources_and_changes_tabs(visit: Opener) -> None:
    page = visit().page

    def reach(selector: str, key: str = "Tab", limit: int = 60) -> None:
        for _ in range(limit):
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not reach {selector}")

    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    done(page)
    page.wait_for_selector(".pc-source")
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
