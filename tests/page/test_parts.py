"""The page's parts without a browser: safe text, memory, export, feedback, table, map, who may enter."""

import csv
import io
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from ui.page.projection import groups, names, project

from corpus import Paper
from rag import Assistant, Config, Filters, PaperchatError, load_config
from rag.errors import ModelError
from tests.doubles.page import Directed
from ui.page.access import Access, access, is_loopback
from ui.page.chat import chips_html, examples, transcript_html
from ui.page.corpus import View, add_files, adding_html, neighbours, paper_html, table_html
from ui.page.export import to_csv, to_markdown
from ui.page.feedback import Feedback, Rating
from ui.page.handlers import Chat, given_filters
from ui.page.map import Cartographer, by_year, map_html, time_html
from ui.page.sources import panel_of, relevance
from ui.page.text import answer_html, date_text, marked
from ui.page.turn import Memory, Source, memory_of, new_turn, stored

HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>[click](javascript:alert(1)) ![i](http://evil.example/x.png)'


def _last(chat: Chat, question: str, memory: object = None) -> dict[str, object]:
    looks = list(chat.ask(memory or {}, new_turn(question)))
    assert looks[-1].memory is not None
    return looks[-1].memory


@pytest.fixture
def chat(assistant: Assistant, tmp_path: Path) -> Chat:
    return Chat(lambda: assistant, Feedback(tmp_path / "feedback.sqlite"), True)


# --- text


def test_an_answer_keeps_its_markdown_and_gains_citation_buttons() -> None:
    html = answer_html("**Bold** claim [1], unknown [7].\n\n- item [2]\n\n| a | b |\n|---|---|\n| 1 | 2 |", {1: "One", 2: 'T "two"'})
    assert "<strong>Bold</strong>" in html and "<table>" in html and "<li>" in html
    assert 'data-cite="1"' in html and 'data-cite="2"' in html and "[7]" in html and 'data-cite="7"' not in html
    assert "T &quot;two&quot;" in html


@given(st.text(alphabet=st.sampled_from("<>&\"'`[]()!:/ \n-*|#abcjsx=1"), max_size=200))
def test_no_text_becomes_an_active_element(text: str) -> None:
    html = answer_html(text, {1: text}) + marked(text, text[3:9])
    lower = html.lower()
    for tag in ("<a", "<img", "<script", "<iframe", "<svg", "<style", "<h1", "<form", "<input"):
        assert tag not in lower


def test_hostile_text_is_shown_as_text() -> None:
    html = answer_html(HOSTILE, {})
    assert "<img" not in html and "<script" not in html and "<a " not in html and "&lt;script&gt;" in html


def test_a_quote_is_marked_where_it_stands() -> None:
    assert marked("a < b. The quote & more.", "The quote &") == "a &lt; b. <mark>The quote &amp;</mark> more."
    assert marked("abstract", "not in it") == "abstract"


@pytest.mark.parametrize(("date", "shown"), [("2025-09-03", "3 Sep 2025"), ("2025-09", "Sep 2025"), ("2025", "2025"), (None, "")])
def test_dates_read_well(date: str | None, shown: str) -> None:
    assert date_text(date) == shown


# --- the conversation


def test_a_question_streams_steps_then_text_then_sources(chat: Chat) -> None:
    looks = list(chat.ask({}, new_turn("Which papers speed up dLLM decoding?")))
    assert looks[0].running and "reading the question" in (looks[0].transcript or "")
    assert any("searching 372 papers" in (look.transcript or "") for look in looks)
    last = looks[-1]
    assert last.running is False and 'data-cite="1"' in (last.transcript or "") and "considered" in (last.transcript or "")
    assert "<mark>" in (last.panel or "") and last.memory is not None
    turn = memory_of(last.memory).turns[0]
    assert turn.state == "done" and turn.sources and all(0 <= source.relevance <= 1 for source in turn.sources)


def test_a_follow_up_is_asked_with_its_history(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True)
    memory = _last(chat, "first question")
    _last(chat, "second question", memory)
    assert [m["content"] for m in directed.histories[1]] == ["first question", "word by word [1]"]


def test_a_fault_of_the_model_keeps_the_conversation(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = ModelError("the model at http://127.0.0.1:1 does not answer; start it")
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True)
    memory = _last(chat, "first question")
    looks = list(chat.ask(memory, new_turn("fault please")))
    assert "does not answer; start it" in (looks[-1].transcript or "") and "first question" in (looks[-1].transcript or "")
    turns = memory_of(looks[-1].memory).turns
    assert [turn.state for turn in turns] == ["done", "failed"]
    _last(chat, "third question", looks[-1].memory)
    assert len(directed.histories[2]) == 2, "a failed turn is no history"


def test_an_unexpected_fault_shows_no_inside(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = RuntimeError("secret-key-123")
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True)
    text = list(chat.ask({}, new_turn("fault please")))[-1].transcript or ""
    assert "unexpected fault (RuntimeError)" in text and "secret-key-123" not in text


def test_a_filter_that_the_wording_implied_can_be_taken_off(chat: Chat) -> None:
    memory = _last(chat, "papers from 2024 on quantization")
    turn = memory_of(memory).turns[0]
    assert turn.applied.since == "2024" and "Remove the filter: from 2024" in chips_html(turn.applied)
    action = {"action": "unfilter", "turn": 0, "name": "since"}
    looks = list(chat.act(memory, action, Filters()))
    again = memory_of(looks[-1].memory).turns[0]
    assert again.applied.since is None and again.applied.until == "2024" and again.question == turn.question
    both = list(chat.act(looks[-1].memory, {**action, "name": "until"}, Filters()))
    assert not memory_of(both[-1].memory).turns[0].applied


def test_retry_and_edit_replace_what_followed(chat: Chat) -> None:
    memory = _last(chat, "second", _last(chat, "kv cache compression"))
    edited = list(chat.act(memory, {"action": "edit", "turn": 0, "question": "speculative decoding"}, Filters()))[-1].memory
    assert [turn.question for turn in memory_of(edited).turns] == ["speculative decoding"]
    retried = list(chat.act(edited, {"action": "retry", "turn": 0}, Filters()))[-1].memory
    assert [turn.question for turn in memory_of(retried).turns] == ["speculative decoding"]
    assert memory_of(retried).turns[0].answer_id != memory_of(edited).turns[0].answer_id
    for strange in ({"action": "retry", "turn": 9}, {"action": "unfilter", "turn": 0, "name": "__class__"}, {"action": "?"}):
        assert list(chat.act(edited, strange, Filters())) == []


def test_an_abstention_shows_the_nearest_papers(chat: Chat) -> None:
    last = list(chat.ask({}, new_turn("best pizza dough recipe")))[-1]
    assert "Nearest papers, but no answers" in (last.panel or "")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["current", "conversations", "turns", "conversation_id", "sources", "given", "rating", "text", "nearest"]),
                inner,
                max_size=5,
            )
        ),
    )
)
def test_whatever_the_browser_sends_is_read_with_care(value: object) -> None:
    memory = memory_of(value)
    transcript_html(memory.turns)
    assert isinstance(stored(memory), dict)


def test_memory_survives_the_browser_and_stays_small(chat: Chat) -> None:
    memory = memory_of(_last(chat, "Which papers speed up dLLM decoding?"))
    assert memory_of(json.loads(json.dumps(stored(memory)))) == memory
    for number in range(80):
        memory = Memory("", memory.conversations).with_turns([new_turn(f"question {number} " + "x" * 9_000)])
    kept = stored(memory)
    assert len(json.dumps(kept)) <= 410_000 and kept["conversations"][0]["turns"][0]["question"].startswith("question 79")


def test_examples_are_questions_that_the_corpus_answers(assistant: Assistant) -> None:
    asked = examples(assistant)
    assert len(asked) == 4 and all(not assistant.query(question).abstained for question in asked)


def test_a_source_that_left_the_corpus_says_so(assistant: Assistant, chat: Chat) -> None:
    turn = memory_of(_last(chat, "kv cache compression")).turns[0]
    gone = Source(1, "gone", "A lost paper")
    from dataclasses import replace

    assert "is no longer in the corpus" in panel_of(assistant, [replace(turn, sources=(gone,))])
    assert relevance(assistant, ["kv cache"], ["gone"]) == {}


# --- feedback and export


def test_feedback_keeps_question_answer_and_index_version(chat: Chat, assistant: Assistant, tmp_path: Path) -> None:
    memory = _last(chat, "kv cache compression")
    look = chat.rate(memory, {"turn": 0, "value": 1})
    look = chat.rate(look.memory, {"turn": 0, "value": -1, "word": "misses one"})
    turn = memory_of(look.memory).turns[0]
    kept = Feedback(tmp_path / "feedback.sqlite").all()
    assert kept == [Rating(turn.answer_id, -1, "misses one", "kv cache compression", turn.text, "extractive", assistant.index.revision)]
    assert "misses one" in (look.transcript or "")


def test_feedback_that_cannot_be_written_says_so(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    chat = Chat(lambda: assistant, Feedback(tmp_path / "file" / "feedback.sqlite"), True)
    with pytest.raises(PaperchatError, match="could not be kept"):
        chat.rate(_last(chat, "kv cache"), {"turn": 0, "value": 1})


def test_exports_hold_the_cited_papers(chat: Chat) -> None:
    memory = _last(chat, "Which papers speed up dLLM decoding?")
    sources = memory_of(memory).turns[0].sources
    files = {kind: json.loads(chat.export(memory, 0, kind)) for kind in ("bibtex", "csv", "markdown")}
    assert len(parse_string(files["bibtex"]["text"]).entries) == len(sources)
    rows = list(csv.DictReader(io.StringIO(files["csv"]["text"])))
    assert [row["title"] for row in rows] == [source.title for source in sources] and rows[0]["quote"] == sources[0].quote
    assert files["markdown"]["text"].startswith("# Which papers") and sources[0].quote in files["markdown"]["text"]
    assert chat.export(memory, 5, "csv") == ""


def test_exports_disarm_formulas_and_html() -> None:
    paper = Paper("x", "=HYPERLINK(1) <b>", "@sum", url="https://example.org/x")
    assert "'=HYPERLINK" in to_csv([(1, paper, "q")]) and "'@sum" in to_csv([(1, paper, "q")])
    assert "<b>" not in to_markdown(new_turn("<i>q</i>"), [(1, paper, "<u>")]) and "<i>" not in to_markdown(new_turn("<i>q</i>"), [])


# --- corpus


def test_the_table_pages_sorts_searches_and_filters(assistant: Assistant) -> None:
    newest, oldest = table_html(assistant, View()), table_html(assistant, View(order="oldest"))
    assert "372 papers" in newest and newest.count('class="pc-row"') == 25 and "23 Oct 2025" in newest and "8 Sep 2021" in oldest
    titles = table_html(assistant, View(order="title"))
    assert titles.index("1-bit AI Infra") < titles.index("70% Size, 100% Accuracy")
    assert table_html(assistant, View(page=14)).count('class="pc-row"') == 372 - 14 * 25
    found = table_html(assistant, View("speculative decoding", Filters(since="2025"), "best"))
    assert "Speculative" in found and "372 papers" not in found
    assert "No paper matches" in table_html(assistant, View("zzzzzz"))
    with pytest.raises(PaperchatError, match="is not a date"):
        table_html(assistant, View(filters=Filters(since="soon")))


def test_every_order_covers_every_paper_once(assistant: Assistant) -> None:
    for order in ("newest", "oldest", "title", "authors", "best"):
        pages = [assistant.index.lexical.page("", Filters(), order, at, 100) for at in range(0, 400, 100)]
        ids = [paper_id for page, _ in pages for paper_id in page]
        assert len(ids) == len(set(ids)) == pages[0][1] == 372, order


def test_a_paper_shows_its_nearest_neighbours(assistant: Assistant) -> None:
    paper = assistant.search("LocalLeap", 1)[0].paper
    near = neighbours(assistant, paper.paper_id)
    assert len(near) == 8 and paper not in [other for other, _ in near] and near[0][1] >= near[-1][1] > 0
    assert "Ask about this paper" in paper_html(assistant, paper.paper_id) and "no longer" in paper_html(assistant, "gone")


def test_adding_reports_what_was_added_and_refused(config: Config, tmp_path: Path) -> None:
    own = Assistant(config)
    file = tmp_path / "new.jsonl"
    good = {"title": f"A paper {HOSTILE}", "abstract": f"An abstract about zymurgy. {HOSTILE}" * 3, "url": "javascript:alert(1)"}
    file.write_text(json.dumps(good) + '\n{"title": "<script>x"}\n')
    states = list(add_files(own, [file]))
    assert (states[0].share, states[0].done) == (0, 0) and "100% read, papers done: 1" in adding_html(states[-2])
    report = adding_html(states[-1])
    assert "1 added, 0 changed, 0 unchanged, 1 refused" in report and "new.jsonl, line 2" in report and "<script" not in report
    table = table_html(own, View("zymurgy"))
    assert "1 paper<" in table and "<script" not in table and "<img" not in table
    page = paper_html(own, own.index.lexical.page("zymurgy", Filters(), "best", 0, 1)[0][0])
    assert "<script" not in page and "javascript:alert" not in page.replace("(javascript:alert(1))", "")
    assert "1 unchanged" in adding_html(list(add_files(own, [file]))[-1])
    assert "no such file" in adding_html(list(add_files(own, [tmp_path / "none.jsonl"]))[-1])


# --- pictures


def test_the_projection_keeps_groups_together() -> None:
    chance = np.random.default_rng(1)
    centres = np.eye(3, 16)
    rows = np.repeat(centres, 30, axis=0) + chance.normal(0, 0.08, (90, 16))
    points = project(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    assert points.shape == (90, 2) and points.min() >= 0 and points.max() <= 1
    found = groups(points, 3)
    assert all(len(set(found[at : at + 30])) == 1 for at in (0, 30, 60)) and len(set(found)) == 3
    words = [["apple", "fruit"]] * 30 + [["cache", "kv cache"]] * 30 + [["graph", "node"]] * 30
    named = names(words, found, 3)
    assert "kv cache" in named[found[30]] and "apple" in named[found[0]]


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_small_and_equal_collections_have_a_map_too(count: int) -> None:
    same = np.ones((count, 4)) / 2
    assert np.isfinite(project(same)).all() and len(groups(project(same), 3)) == count


def test_the_map_shows_every_paper_and_rings_the_cited(assistant: Assistant) -> None:
    cartographer = Cartographer()
    drawn = cartographer.map(assistant)
    cited = {drawn.papers[0].paper_id, drawn.papers[5].paper_id}
    html = map_html(drawn, cited)
    assert html.count('class="pc-dot') == 372 and html.count('class="pc-ring"') == 2 and all(drawn.names)
    assert cartographer.map(assistant) is drawn, "drawn once for each revision"
    assert len(set(drawn.names)) == len(drawn.names)


def test_papers_over_time_count_every_dated_paper(assistant: Assistant) -> None:
    counts = by_year(assistant)
    dated = sum(1 for paper in assistant.index.all_papers() if paper.published)
    assert sum(count for _, count in counts) == dated and counts[0][0] == "2021" and counts[-1][0] == "2025"
    assert "2024: 58" in time_html(counts, 372 - dated) and "No paper" in time_html([], 3)


# --- who may enter


def test_loopback_needs_no_login_and_others_do() -> None:
    assert access("127.0.0.1", 7860, None, None, False, False).uploads
    with pytest.raises(PaperchatError, match="--no-auth"):
        access("0.0.0.0", 7860, None, None, False, False)
    with pytest.raises(PaperchatError, match="belong together"):
        access("127.0.0.1", 7860, "user", None, False, False)
    assert access("0.0.0.0", 7860, "user", SecretStr("pass"), False, False).uploads
    assert not access("0.0.0.0", 7860, None, None, True, False).uploads
    assert [is_loopback(host) for host in ("localhost", "::1", "127.9.9.9", "192.168.0.1", "example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert Access().local


def test_controls_become_filters() -> None:
    assert given_filters(" 2024 ", "", None, "") == Filters(since="2024")
    assert given_filters("", "2025-01", "NVIDIA", "a.txt") == Filters(until="2025-01", organisation="NVIDIA", source="a.txt")


def test_the_page_password_is_no_setting_to_show() -> None:
    shown = load_config(page_user="reader", page_password="s3cret-word").shown()
    assert "s3cret-word" not in str(shown) and shown["page_user"] == "reader"


def test_twenty_conversations_at_once_never_mix(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant, lambda question: (f"echo of {question} ", "[1]"))
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True)
    found: dict[int, str] = {}

    def user(number: int) -> None:
        memory: object = {}
        for turn in range(3):
            memory = _last(chat, f"user{number}turn{turn}", memory)
        found[number] = json.dumps(memory)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        assert found[number].count(f"echo of user{number}turn") == 3
        assert not any(f"user{other}turn" in found[number] for other in range(20) if other != number)
