"""The chat in a real browser: Chromium, desktop and phone, light and dark. Every request must stay on loopback."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string

from rag import Assistant, load_config
from rag.errors import ModelError
from tests.doubles.page import HOSTILE, QUESTION, Directed, served
from tests.doubles.screens import Opener, needs_chromium, on_desktop, on_phone
from ui.page.text import where

pytest_plugins = ["tests.doubles.page_fixtures"]
pytestmark = [needs_chromium, pytest.mark.flaky(reruns=2)]  # on a busy machine a browser loses a tap now and then


# --- asking and sources


def test_a_citation_opens_its_source_with_the_quote_marked(visit: Opener, assistant: Assistant) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    assert page.locator(".pc-account").first.inner_text().lower().split(" papers ")[0].endswith("of 372")
    user.press('.pc-cite[data-cite="3"]')
    source = page.locator('.pc-source[data-number="3"]')
    source.locator("mark").wait_for(state="visible")
    citation = assistant.query(QUESTION).citations[2]
    assert source.locator("mark").inner_text() == citation.quote
    assert source.locator(".pc-abstract").inner_text() == citation.paper.abstract
    assert source.locator(".pc-title").inner_text() == citation.paper.title
    number, of = where(citation.paper.abstract, citation.quote)
    assert re.search(rf"sentences? {number}( to \d+)? of {of}\b", source.inner_text()) and re.search(
        r"relevance \.\d\d", source.inner_text()
    )
    assert page.locator(".pc-source .pc-num").all_inner_texts() == [str(n + 1) for n in range(page.locator(".pc-source .pc-num").count())]
    link = source.get_by_role("link", name="Find the paper")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert user.fits()
    if user.look.phone:
        assert page.locator("#pc-aside").get_attribute("role") == "dialog" and page.locator(".pc-answer").first.is_visible()
        user.fold_sources()
        page.wait_for_selector("#pc-aside", state="hidden")
        user.unfold_sources()
        page.keyboard.press("Escape")
        page.wait_for_selector("#pc-aside", state="hidden")


def test_sources_of_an_earlier_answer_open_too(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    user.ask("kv cache compression", 1)
    page.wait_for_selector('.pc-panel[data-turn="1"]', state="attached")
    user.press('.pc-turn[data-turn="0"] .pc-cite[data-cite="2"]')
    page.wait_for_selector('.pc-panel[data-turn="0"] .pc-source[data-number="2"] details[open]')


@on_phone
def test_conversations_survive_a_reload_and_can_be_opened_and_deleted(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask("kv cache compression")
    user.press("#pc-new button, button#pc-new")
    page.wait_for_selector(".pc-welcome")
    user.ask("speculative decoding")
    page.reload()
    page.wait_for_selector('.pc-turn[data-state="done"]')
    user.unfold_chats()
    assert page.locator(".pc-open").all_inner_texts() == ["speculative decoding", "kv cache compression"]
    user.press('.pc-open:has-text("kv cache")')
    page.wait_for_selector('.pc-asked:has-text("kv cache compression")')
    user.unfold_chats()
    user.press(page.get_by_role("button", name="Delete: kv cache compression"))
    page.wait_for_selector(".pc-welcome")
    user.unfold_chats()
    assert page.locator(".pc-open").all_inner_texts() == ["speculative decoding"]


@on_desktop
def test_a_link_reopens_a_question_with_its_filters(visit: Opener) -> None:
    user = visit()
    page = user.page
    page.evaluate("window.location.assign('?q=papers+on+attention&since=2025-10')")
    page.wait_for_url("**/?*")
    user.done()
    assert page.locator(".pc-asked").inner_text() == "papers on attention"
    assert page.locator(".pc-chip").all_inner_texts() == ["from Oct 2025"]
    user.press(page.get_by_role("button", name="Copy a link to this question"))
    page.wait_for_selector('[data-action="link"].done')
    assert page.evaluate("navigator.clipboard.readText()").endswith("?q=papers+on+attention&since=2025-10")
    assert "q=" not in page.url, "a reload does not ask again"


@on_phone
def test_a_link_from_elsewhere_fills_the_box_and_asks_nothing(visit: Opener) -> None:
    page = visit(path="?q=papers+on+attention&since=2025-10").page
    assert page.get_by_role("textbox", name="Question").input_value() == "papers on attention"
    assert not page.locator(".pc-turn").count()


def test_retry_edit_and_copy(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask("kv cache compression")
    user.press(page.get_by_role("button", name="Copy the answer"))
    page.wait_for_selector('[data-action="copy"].done')
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in copied and "<" not in copied
    before, answer = page.locator(".pc-answer").inner_text(), page.locator(".pc-turn").get_attribute("data-answer")
    user.press(page.get_by_role("button", name="Ask again"))
    page.wait_for_selector(f'.pc-turn[data-state="done"]:not([data-answer="{answer}"])')
    assert page.locator(".pc-answer").inner_text() == before
    user.press(page.get_by_role("button", name="Edit the question"))
    page.get_by_role("textbox", name="Edit the question").fill(QUESTION)
    user.press(".pc-edit button[type=submit]")
    page.wait_for_selector(f'.pc-turn[data-state="done"] .pc-asked:has-text("{QUESTION}")')
    assert page.locator(".pc-turn").count() == 1


def test_filters_as_controls_and_as_removable_chips(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.press('#pc-filters button:has-text("Filters")')
    if user.look.phone:  # open filters make the box part of the page, so that they cover nothing
        page.wait_for_function("getComputedStyle(document.getElementById('pc-composer')).position === 'static'")
    page.locator("#pc-filters").get_by_label("From").fill("2025-10")
    user.ask("papers by Microsoft on reasoning")
    assert page.locator(".pc-chip").all_inner_texts() == ["from Oct 2025", "by Microsoft"]
    user.press(page.get_by_role("button", name="Remove the filter: from Oct 2025"))
    page.wait_for_selector('.pc-turn[data-state="done"] .pc-chips:not(:has-text("from"))')
    assert page.locator("#pc-filters").get_by_label("From").input_value() == ""
    user.press(page.get_by_role("button", name="Remove the filter: by Microsoft"))
    page.wait_for_selector('.pc-turn[data-state="done"]:not(:has(.pc-chip))')
    assert page.locator(".pc-asked").inner_text() == "papers by Microsoft on reasoning"


@on_desktop
def test_export_saves_the_cited_papers(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    user.unfold_sources()
    count = page.locator(".pc-source .pc-num").count()
    texts = {}
    for name, file in (("BibTeX", "papers.bib"), ("CSV", "papers.csv"), ("Markdown", "answer.md")):
        with page.expect_download() as saved:
            user.press(page.locator(".pc-panel").get_by_role("button", name=name, exact=True))
        assert saved.value.suggested_filename == file
        texts[name] = Path(saved.value.path()).read_text("utf-8")
    assert len(parse_string(texts["BibTeX"]).entries) == count
    assert texts["CSV"].startswith("number,title,") and QUESTION in texts["Markdown"]


@on_phone
def test_like_and_dislike_with_a_word_are_kept(visit: Opener, site: tuple[str, Path]) -> None:
    user = visit()
    page = user.page
    user.ask("speculative decoding")
    user.press(page.get_by_role("button", name="Poor answer"))
    page.fill(".pc-word input", "misses <b>Medusa</b>")
    page.keyboard.press("Enter")
    page.wait_for_selector('.pc-thanks:has-text("misses <b>Medusa</b>")')
    with sqlite3.connect(site[1] / "feedback.sqlite") as kept:
        row = kept.execute("SELECT rating, word, question FROM feedback ORDER BY at DESC").fetchone()
    assert row == (-1, "misses <b>Medusa</b>", "speculative decoding")


@on_desktop
def test_without_a_model_one_quiet_line_says_so_and_explains(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask("kv cache compression")
    assert page.get_by_text("Answers quote the abstracts.").count() == 1
    assert "PAPERCHAT" not in page.locator("#pc-talk").inner_text() and "Use via API" not in page.content()
    user.press("button", "Use a language model")
    page.wait_for_selector("#pc-about[open]")
    assert "PAPERCHAT_LLM_MODEL" in page.locator("#pc-about-model").inner_text()
    user.press("button", "Close")
    page.wait_for_selector("#pc-about", state="hidden")
    user.press("button", "For programs")
    assert f"{page.evaluate('location.origin')}/" in page.locator("#pc-about-programs").inner_text()


def test_the_first_view_says_what_it_is_and_holds_and_the_box_is_at_the_foot(visit: Opener) -> None:
    user = visit()
    page = user.page
    page.wait_for_selector(".pc-topic", state="attached")
    assert page.locator(".pc-welcome h1").inner_text() == "Ask 372 papers" and page.locator(".pc-example").count() == 4
    foot = page.locator("#pc-composer").bounding_box()
    assert abs(foot["y"] + foot["height"] - page.viewport_size["height"]) < 30
    user.press("#pc-filters > button")  # open, they push the examples up and cover none
    page.wait_for_selector("#pc-filters input >> visible=true")
    assert page.locator(".pc-example").last.bounding_box()["y"] + 40 < page.locator("#pc-filters").bounding_box()["y"]
    user.press("#pc-filters > button")
    topic = page.locator(".pc-topic").first
    label = topic.inner_text()
    topic.evaluate("button => button.click()") if user.look.phone else topic.click()
    user.done()
    assert label.lower() in page.locator(".pc-asked").inner_text().lower() and page.locator(".pc-topic").first.is_hidden()


def test_an_answer_that_is_not_held_leads_on(visit: Opener) -> None:
    user = visit()
    page = user.page
    page.wait_for_selector(".pc-topic", state="attached")
    user.ask("which papers study soil erosion since 2024?")
    user.press(page.get_by_role("button", name="Show the closest papers"))
    page.wait_for_selector('.pc-source:has-text("Lacks: soil, erosion")')
    user.fold_sources()
    user.press(page.locator(".pc-next .pc-chip"))
    page.wait_for_selector('.pc-turn[data-state="done"]:not(:has(.pc-chips))')
    user.press(page.locator('.pc-next [data-action="example"]'))
    user.done(1)
    assert page.locator('.pc-turn[data-turn="1"] .pc-cite').count() > 0
    user.press(page.locator('.pc-turn[data-turn="0"] [data-action="add"]'))
    page.wait_for_selector("#pc-pasted textarea:focus")


def test_a_chat_about_one_paper_says_so_and_can_be_widened(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask(QUESTION)
    user.unfold_sources()
    user.press(page.locator(".pc-source summary").nth(1))
    title = page.locator(".pc-source .pc-title").nth(1).inner_text()
    user.press(page.locator(".pc-source").nth(1).get_by_role("button", name="Ask about this paper"))
    page.wait_for_selector(f'#pc-scope .pc-chip:has-text("{title}")')
    user.press(".pc-example")
    user.done()
    user.unfold_sources()
    assert page.locator(".pc-source .pc-title").all_inner_texts() == [title]
    user.fold_sources()
    user.press("#pc-scope .pc-chip")
    page.wait_for_selector("#pc-scope:not(:has(.pc-chip))", state="attached")
    user.ask(QUESTION, 1)
    page.wait_for_selector('.pc-panel[data-turn="1"] .pc-source:nth-child(3)', state="attached")


def test_papers_that_are_chosen_are_compared_and_exported(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask("speculative decoding")
    user.unfold_sources()
    titles = page.locator(".pc-source .pc-title").all_inner_texts()[:2]
    for at in range(2):
        page.locator(".pc-source .pc-choose").nth(at).check()
    user.fold_sources()
    assert "2 papers selected" in page.locator(".pc-bar").inner_text()
    with page.expect_download() as saved:
        user.press("button", "Export BibTeX")
    assert len(parse_string(Path(saved.value.path()).read_text("utf-8")).entries) == 2
    user.press("button", "Compare")
    page.wait_for_selector('#pc-scope .pc-chip:has-text("2 papers")')
    user.done()
    user.unfold_sources()
    assert sorted(page.locator(".pc-source .pc-title").all_inner_texts()) == sorted(titles)
    assert page.locator(".pc-bar").is_hidden()


@on_desktop
def test_conversations_get_titles_and_are_exported_together(visit: Opener) -> None:
    user = visit()
    page = user.page
    user.ask("kv cache compression")
    user.unfold_chats()
    page.locator(".pc-chats li").hover()
    user.press(page.get_by_role("button", name="Rename: kv cache compression"))
    page.get_by_role("textbox", name="Title of the conversation").fill("Caches <b>")
    page.keyboard.press("Enter")
    page.wait_for_selector('.pc-open:has-text("Caches <b>")')
    page.reload()
    page.wait_for_selector(".pc-turn")
    user.unfold_chats()
    assert page.locator(".pc-open").all_inner_texts() == ["Caches <b>"]
    for kind, file in (("JSON", "conversations.json"), ("Markdown", "conversations.md")):
        with page.expect_download() as saved:
            user.press(page.locator(".pc-all").get_by_role("button", name=kind, exact=True))
        text = Path(saved.value.path()).read_text("utf-8")
        assert saved.value.suggested_filename == file and "kv cache compression" in text
        assert kind != "JSON" or json.loads(text)[0]["title"] == "Caches <b>"


# --- a model's answers, directed by the test


@pytest.fixture
def directed(assistant: Assistant, tmp_path: Path) -> Iterator[tuple[Directed, str]]:
    answers = Directed(assistant, lambda question: ("A first word ", f"and the rest. {HOSTILE if 'hostile' in question else ''} ", "[1]"))
    with served(answers, load_config(home=tmp_path / "directed", llm_model="fake-model")) as url:
        yield answers, url
    answers.go.set()


def test_stop_keeps_what_was_streamed(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    user = visit(url=url)
    page = user.page
    user.send("please wait")
    page.wait_for_selector('.pc-turn[data-state="running"] .pc-answer:has-text("A first word")')
    assert (
        "writing" in page.locator(".pc-steps .now").inner_text() and "searching 372 papers" in page.locator(".pc-steps .past").inner_text()
    )
    user.press(page.locator("#pc-question .stop-button"))
    page.wait_for_selector('.pc-turn[data-state="stopped"]')
    answers.go.set()
    assert page.locator(".pc-answer").inner_text().strip() == "A first word" and page.get_by_text("Stopped.").is_visible()
    user.press(page.get_by_role("button", name="Ask again"))
    page.wait_for_selector('.pc-turn[data-state="done"] .pc-answer:has-text("and the rest")')
    assert "written by fake-model" in page.locator("#pc-notice").inner_text()


@on_phone
def test_a_fault_shows_its_sentence_and_keeps_the_conversation(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    answers.fault = ModelError("the endpoint refused the key; check OPENAI_API_KEY")
    user = visit(url=url)
    page = user.page
    user.ask("first")
    user.ask("fault", 1)
    assert "check OPENAI_API_KEY" in page.locator('.pc-turn[data-turn="1"] [role="alert"]').inner_text()
    user.ask("third", 2)
    assert page.locator('.pc-turn[data-state="done"]').count() == 2


@on_phone
def test_hostile_questions_and_answers_stay_text(visit: Opener, directed: tuple[Directed, str]) -> None:
    user = visit(url=directed[1])
    page = user.page
    user.ask(f"hostile {HOSTILE}")
    assert HOSTILE in page.locator(".pc-asked").inner_text() and "<script>" in page.locator(".pc-answer").inner_text()
    assert page.locator("#pc-transcript :is(a, img, script, b)").count() == 0
    page.reload()
    page.wait_for_selector(".pc-turn")
    assert page.evaluate("window.hurt") is None


@on_desktop
def test_visitors_at_once_see_only_their_own(visit: Opener, directed: tuple[Directed, str]) -> None:
    answers, url = directed
    users = [visit(url=url) for _ in range(3)]
    for number, user in enumerate(users):
        user.send(f"wait for visitor {number}")
    for user in users:
        user.page.wait_for_selector('.pc-answer:has-text("A first word")')
    answers.go.set()
    for number, user in enumerate(users):
        user.done()
        text = user.page.inner_text("body")
        assert f"wait for visitor {number}" in text and all(f"visitor {other}" not in text for other in range(3) if other != number)
