"""The page's parts without a browser: safe text, memory, export, feedback, table, map, who may enter."""

import csv
import io
import json
import threading
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from corpus import Paper
from rag import Assistant, Config, Filters, PaperchatError, load_config
from rag.errors import ModelError
from tests.doubles.page import Directed
from ui.page.access import Access, access, is_loopback
from ui.page.adding import Adding, add, adding_html
from ui.page.chat import chips_html, listing_html, scope_html, transcript_html
from ui.page.corpus import View, source_text, table_html
from ui.page.corpus_tab import date_fault
from ui.page.export import memory_file, papers_file, to_csv, to_markdown, turn_file
from ui.page.feedback import Feedback, Rating
from ui.page.handlers import Chat, given_filters
from ui.page.labelling import placed
from ui.page.map import legend_html, map_plot, papers_of, time_note, time_plot
from ui.page.paper import neighbours, paper_html
from ui.page.sources import panel_of
from ui.page.text import answer_html, date_text, marked, where
from ui.page.turn import Memory, Source, memory_of, new_turn, stored
from ui.page.welcome import examples, topics_html
from ui.topics import Cartographer

HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>[click](javascript:alert(1)) ![i](http://evil.example/x.png)'


def _last(chat: Chat, question: str, memory: object = None) -> dict[str, object]:
    looks = list(chat.ask(memory or {}, new_turn(question)))
    assert looks[-1].memory is not None
    return looks[-1].memory


@pytest.fixture
def chat(assistant: Assistant, tmp_path: Path) -> Chat:
    return Chat(lambda: assistant, Feedback(tmp_path / "feedback.sqlite"), True, Cartographer(tmp_path / "map.json"))


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
    abstract = "One is first. Two comes after it. Three ends it."
    assert [where(abstract, quote) for quote in ("Two comes after it.", "comes after it. Three", "nowhere", "")] == [
        (2, 3),
        (2, 3),
        (0, 3),
        (0, 3),
    ]


def test_dates_have_one_form_and_quotes_stay() -> None:
    html = answer_html("**T** (NVIDIA, 2025-09-30): released 2024-05-01 [1]\n\n- Title (2024-10)", {1: "T"})
    assert "(NVIDIA, 30 Sep 2025)" in html and "released 2024-05-01" in html and "(Oct 2024)" in html


@pytest.mark.parametrize(("date", "shown"), [("2025-09-03", "3 Sep 2025"), ("2025-09", "Sep 2025"), ("2025", "2025"), (None, "")])
def test_dates_read_well(date: str | None, shown: str) -> None:
    assert date_text(date) == shown


# --- the conversation


def test_a_question_streams_steps_then_text_then_sources(chat: Chat) -> None:
    looks = list(chat.ask({}, new_turn("Which papers speed up dLLM decoding?")))
    assert looks[0].running and "reading the question" in (looks[0].transcript or "")
    assert any("searching 372 papers" in (look.transcript or "") for look in looks)
    last = looks[-1]
    assert last.running is False and 'data-cite="1"' in (last.transcript or "") and "372 papers answer" in (last.transcript or "")
    assert "<mark>" in (last.panel or "") and last.memory is not None
    turn = memory_of(last.memory).turns[0]
    assert turn.state == "done" and turn.sources and all(0 < source.relevance < 1 for source in turn.sources)
    assert [source.relevance for source in turn.sources] == sorted((source.relevance for source in turn.sources), reverse=True)


def test_a_follow_up_is_asked_with_its_history(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
    memory = _last(chat, "first question")
    _last(chat, "second question", memory)
    assert [m["content"] for m in directed.histories[1]] == ["first question", "word by word [1]"]


def test_a_fault_of_the_model_keeps_the_conversation(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = ModelError("the model at http://127.0.0.1:1 does not answer; start it")
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
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
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
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


def test_an_abstention_is_a_beginning(chat: Chat, assistant: Assistant) -> None:
    chat.cartographer.atlas(assistant)
    last = list(chat.ask({}, new_turn("which papers study soil erosion since 2024?")))[-1]
    turn = memory_of(last.memory).turns[0]
    assert "Closest papers" in (last.panel or "") and "Lacks: " in (last.panel or "") and "erosion" in (last.panel or "")
    assert turn.abstained and turn.topic
    steps = (last.transcript or "").partition('class="pc-next"')[2]
    assert "Without: from 2024" in steps and f"about {turn.topic[:1].lower()}" in steps.lower() and 'data-action="add"' in steps


def test_borderline_papers_are_folded_below_with_what_each_lacks(chat: Chat, assistant: Assistant) -> None:
    question = "which papers compress the KV cache?"
    answer = assistant.query(question)
    assert len(answer.near) == answer.coverage.borderline > 0 and all(lacks for _, lacks in answer.near)
    panel = list(chat.ask({}, new_turn(question)))[-1].panel or ""
    assert f'Borderline <span class="pc-count">{len(answer.near)}</span>' in panel and "Lacks: " in panel


def test_small_talk_and_questions_about_the_collection_have_no_account(chat: Chat) -> None:
    for question in ("thanks, that helps!", "how many papers do you hold?"):
        last = list(chat.ask({}, new_turn(question)))[-1]
        assert (
            'class="pc-answer"' in (last.transcript or "")
            and "pc-account" not in (last.transcript or "")
            and "pc-next" not in (last.transcript or "")
        )


def test_a_question_stays_within_the_papers_that_a_conversation_is_about(chat: Chat, assistant: Assistant) -> None:
    paper = assistant.search("LocalLeap", 1)[0].paper
    look = chat.about({}, [paper.paper_id, "gone"])
    memory = memory_of(look.memory)
    assert memory.open.papers == (paper.paper_id,) and paper.title in scope_html(memory.open) and paper.title in (look.transcript or "")
    turn = memory_of(_last(chat, "which papers are about quantization?", look.memory)).turns[0]
    assert {source.paper_id for source in turn.sources} <= {paper.paper_id}
    everything = memory_of(chat.about(look.memory, ()).memory)
    assert everything.open.papers == () and not scope_html(everything.open)
    assert chat.about({}, ["gone"]).memory is None


def test_papers_are_compared_within_themselves(chat: Chat, assistant: Assistant) -> None:
    for topic, count in (("speculative decoding", 2), ("kv cache compression", 3)):
        ids = [hit.paper.paper_id for hit in assistant.search(topic, count)]
        turn = memory_of(list(chat.compare({}, ids))[-1].memory).turns[0]
        assert {source.paper_id for source in turn.sources} == set(ids)


@pytest.mark.parametrize("question", ["What does it propose?", "how does it work", "summarise this paper", "is training needed?"])
def test_it_means_the_paper_that_a_conversation_is_about(question: str, assistant: Assistant) -> None:
    paper = assistant.search("visual token pruning", 1)[0].paper
    answer = assistant.query(question, within=[paper.paper_id])
    assert [citation.paper.paper_id for citation in answer.citations] == [paper.paper_id]


def test_conversations_are_renamed_deleted_and_exported(chat: Chat) -> None:
    kept = _last(chat, "speculative decoding", {**_last(chat, "kv cache compression"), "current": ""})
    first, second = (c.conversation_id for c in memory_of(kept).conversations)
    look = chat.listed(kept, {"action": "rename", "id": first, "name": "  Drafts <b>  and\nverifiers "})
    assert "Drafts &lt;b&gt; and verifiers" in (look.listing or "") and listing_html(memory_of(look.memory)) == look.listing
    told = json.loads(json.loads(memory_file(memory_of(look.memory), "json"))["text"])
    assert [c["title"] for c in told] == ["Drafts <b> and verifiers", "kv cache compression"] and told[1]["turns"][0]["sources"]
    text = json.loads(memory_file(memory_of(look.memory), "markdown"))["text"]
    assert "# kv cache compression" in text and "<b>" not in text and told[1]["turns"][0]["sources"][0]["title"] in text
    left = memory_of(chat.listed(look.memory, {"action": "delete", "id": second}).memory)
    assert [c.conversation_id for c in left.conversations] == [first]


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
    near = panel_of(assistant, [replace(turn, near=((turn.sources[0].paper_id, "a number"),), undated=(turn.sources[1].paper_id,))])
    assert "Borderline" in near and "Lacks: a number" in near and "Without a date" in near


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
    chat = Chat(lambda: assistant, Feedback(tmp_path / "file" / "feedback.sqlite"), True, Cartographer(tmp_path / "map.json"))
    with pytest.raises(PaperchatError, match="could not be kept"):
        chat.rate(_last(chat, "kv cache"), {"turn": 0, "value": 1})


def test_exports_hold_the_cited_papers(chat: Chat, assistant: Assistant) -> None:
    memory = _last(chat, "Which papers speed up dLLM decoding?")
    sources = memory_of(memory).turns[0].sources
    turn = memory_of(memory).turns[0]
    files = {kind: json.loads(turn_file(assistant, turn, kind)) for kind in ("bibtex", "csv", "markdown")}
    assert len(parse_string(files["bibtex"]["text"]).entries) == len(sources)
    rows = list(csv.DictReader(io.StringIO(files["csv"]["text"])))
    assert [row["title"] for row in rows] == [source.title for source in sources] and rows[0]["quote"] == sources[0].quote
    assert files["markdown"]["text"].startswith("# Which papers") and sources[0].quote in files["markdown"]["text"]
    chosen = json.loads(papers_file(assistant, [source.paper_id for source in sources[:2]] + ["gone"]))
    assert chosen["name"] == "papers.bib" and len(parse_string(chosen["text"]).entries) == 2


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
    assert "Daily Papers page 4" in newest and "—" in newest and source_text("mine.bib") == "mine.bib"
    ids = tuple(hit.paper.paper_id for hit in assistant.search("speculative decoding", 7))
    assert "7 papers" in table_html(assistant, View(within=ids))


def test_a_wrong_date_is_told_beside_its_field() -> None:
    assert "From: " in date_fault("soon", "") and "Until: " in date_fault("2024", "2024-13") and date_fault("2024", " 2025-01 ") == ""


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
    file.write_text(json.dumps(good) + '\n{"abstract": "An abstract of no title, <script>x"}\n')
    states = list(add(own, [file], ""))
    report = adding_html(states[-1])
    assert "1 added, 1 refused" in report and "new.jsonl, line 2" in report and "<script" not in report and 'data-action="undo"' in report
    table = table_html(own, View("zymurgy"))
    assert "1 paper<" in table and "<script" not in table and "<img" not in table
    (paper_id,) = states[-1].added
    page = paper_html(own, paper_id)
    assert "<script" not in page and "javascript:alert" not in page.replace("(javascript:alert(1))", "")
    again = list(add(own, [file], ""))[-1]
    assert "1 already held" in adding_html(again) and again.added == () and "Undo" not in adding_html(again)
    own.index.remove([paper_id])
    assert "No paper matches" in table_html(own, View("zymurgy"))


def test_what_is_pasted_is_bibtex_or_ids_and_never_a_path(config: Config, tmp_path: Path) -> None:
    own = Assistant(config)
    (tmp_path / "secret.jsonl").write_text(json.dumps({"title": "Secret", "abstract": "Nobody's business but mine and my own. " * 3}))
    pasted = "@article{a, title={Malt houses of Franconia}, abstract={We survey malt houses and their kilns in eleven towns.}, year={2024}}"
    last = list(add(own, [], pasted))[-1]
    assert last.report is not None and last.report.added == 1 and len(last.added) == 1
    refused = adding_html(list(add(own, [], f"{tmp_path / 'secret.jsonl'}, yesterday"))[-1])
    assert "2 refused" in refused and "no arXiv id" in refused and "1 paper" not in table_html(own, View("secret business"))


def test_progress_tells_the_time_left() -> None:
    assert "3,000 papers so far, 6 s left" in adding_html(Adding(3_000, 0.25, 2.0)) and "2 min left" in adding_html(Adding(9, 0.25, 40.0))
    assert "left" not in adding_html(Adding(3_000, 0.25, 0.2)) and "reading" in adding_html(Adding())


# --- the map


def test_the_map_shows_every_paper_and_rings_the_cited(assistant: Assistant, tmp_path: Path) -> None:
    cartographer = Cartographer(tmp_path / "map.json")
    atlas = cartographer.atlas(assistant)
    assert cartographer.atlas(assistant) is atlas and Cartographer(tmp_path / "map.json").atlas(assistant) == atlas
    papers = papers_of(assistant, atlas)
    drawn = json.loads(map_plot(atlas, papers, {atlas.ids[0], atlas.ids[5]}).plot)
    *topics, rings = drawn["data"]
    assert sum(len(trace["x"]) for trace in topics) == 372 and len(rings["x"]) == 2
    names = [note["text"] for note in drawn["layout"]["annotations"]]
    assert (
        len(names) == len(set(names)) >= 5
        and "Quantization" in legend_html(atlas, 2)
        and "2 that the last answer cites" in legend_html(atlas, 2)
    )
    assert topics_html(atlas).count("pc-topic") == 10


def test_topics_over_time_count_every_dated_paper(assistant: Assistant, tmp_path: Path) -> None:
    atlas = Cartographer(tmp_path / "map.json").atlas(assistant)
    papers = papers_of(assistant, atlas)
    plot = time_plot(atlas, papers)
    assert plot is not None
    traces = json.loads(plot.plot)["data"]
    dated = sum(1 for paper in papers.values() if paper.published)
    assert sum(sum(trace["y"]) for trace in traces) == dated and traces[0]["x"] == ["2021", "2022", "2023", "2024", "2025"]
    assert f"{372 - dated} of these 372 papers have no date" in time_note(atlas, papers)


def test_labels_stand_on_no_dot_and_no_other_label() -> None:
    dots = [(100.0 + 12 * (n % 10), 200.0 + 12 * (n // 10)) for n in range(60)]
    boxes = placed([(120.0, 19.0, dots[:30]), (140.0, 19.0, dots[30:])], dots, (600, 500))
    for box in boxes:
        assert not [d for d in dots if abs(d[0] - box.x) < box.width / 2 and abs(d[1] - box.y) < box.height / 2]
        assert box.width / 2 <= box.x <= 600 - box.width / 2
    first, second = boxes
    assert abs(first.x - second.x) >= 130 or abs(first.y - second.y) >= 19


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
    assert given_filters({"since": " 2024 ", "until": "", "organisation": None, "source": ""}) == Filters(since="2024")
    wanted = Filters(until="2025-01", organisation="NVIDIA", source="a.txt", author="Doe")
    assert given_filters({"until": "2025-01", "organisation": "NVIDIA", "source": "a.txt", "author": "Doe", "since": None}) == wanted


def test_the_page_password_is_no_setting_to_show() -> None:
    shown = load_config(page_user="reader", page_password="s3cret-word").shown()
    assert "s3cret-word" not in str(shown) and shown["page_user"] == "reader"


def test_twenty_conversations_at_once_never_mix(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant, lambda question: (f"echo of {question} ", "[1]"))
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
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
