"""The page's parts without a browser: safe text, export, feedback, table, map, who may enter."""

import csv
import io
import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import SecretStr

from corpus import Paper
from corpus.writers import written
from rag import Assistant, Config, Filters, PaperchatError, load_config
from tests.doubles.page import Directed, last_memory
from ui.page.access import Access, access, is_loopback
from ui.page.adding import Adding, add, adding_html
from ui.page.corpus import View, source_text, table_html
from ui.page.corpus_tab import CorpusTab, date_fault
from ui.page.export import memory_file, papers_file, to_csv, to_markdown, turn_file
from ui.page.feedback import Feedback, Rating
from ui.page.handlers import Chat, given_filters
from ui.page.labelling import placed
from ui.page.map import legend_html, map_plot, papers_of, time_note, time_plot
from ui.page.paper import neighbours, paper_html
from ui.page.sources import source_html
from ui.page.text import answer_html, date_text, marked, where
from ui.page.turn import Memory, Source, memory_of, new_turn
from ui.page.welcome import topics_html
from ui.topics import Cartographer

HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>[click](javascript:alert(1)) ![i](http://evil.example/x.png)'


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


@pytest.mark.parametrize(
    ("quote", "told", "ticks"),
    [
        ("Two comes after the first.", "sentence 2 of 3", [2]),
        ("Two comes after the first. Three ends all of it.", "sentences 2 to 3 of 3", [2, 3]),
    ],
)
def test_a_source_says_which_sentences_are_quoted(quote: str, told: str, ticks: list[int]) -> None:
    html = source_html(1, Paper("p", "A title", "One is the first of them. Two comes after the first. Three ends all of it."), quote, 0.9)
    assert f"</span>{told}<" in html
    assert [at for at, on in enumerate(re.findall(r'<i class="(on|)">', html), 1) if on] == ticks


def test_dates_have_one_form_and_quotes_stay() -> None:
    html = answer_html("**T** (NVIDIA, 2025-09-30): released 2024-05-01 [1]\n\n- Title (2024-10)", {1: "T"})
    assert "(NVIDIA, 30 Sep 2025)" in html and "released 2024-05-01" in html and "(Oct 2024)" in html


@pytest.mark.parametrize(("date", "shown"), [("2025-09-03", "3 Sep 2025"), ("2025-09", "Sep 2025"), ("2025", "2025"), (None, "")])
def test_dates_read_well(date: str | None, shown: str) -> None:
    assert date_text(date) == shown


# --- feedback and export


def test_feedback_keeps_question_answer_and_index_version(chat: Chat, assistant: Assistant, tmp_path: Path) -> None:
    memory = last_memory(chat, "kv cache compression")
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
        chat.rate(last_memory(chat, "kv cache"), {"turn": 0, "value": 1})


def test_exports_hold_the_cited_papers(chat: Chat, assistant: Assistant) -> None:
    memory = last_memory(chat, "Which papers speed up dLLM decoding?")
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


@pytest.mark.parametrize("sign", [*"=+-@|＝＋－＠\t\r", "'="])
def test_no_cell_is_a_formula(sign: str) -> None:
    paper = Paper("x", f"{sign}1+1", f"{sign}cmd|' /C calc'!A0", organisation=f"{sign}x", authors=(f"{sign}a",))
    rows = [to_csv([(1, paper, f"{sign}q")]), "".join(written([paper], ".csv"))]
    for text in rows:
        cells = [cell for row in list(csv.reader(io.StringIO(text, newline="")))[1:] for cell in row]
        assert sum(cell.startswith("'") for cell in cells) >= 3 and not any(cell.startswith(sign) for cell in cells if sign != "'=")


def test_markdown_exports_load_nothing_and_link_only_to_the_web() -> None:
    lure = f"{HOSTILE} ![x][r] [y](data:text/html,x) [z]( vbscript:x) <javascript:x> <http://evil.example> [r]: http://evil.example/i.png"
    papers = [Paper("x", lure, lure, url=url) for url in ("javascript:alert(1)", "data:x", "https://e.org/> <b>", "https://e.org/1")]
    turn = replace(new_turn(lure), text=f"**bold** {lure}\n\n[r]: javascript:alert(1)\n\n- a list [1]", state="done", account=lure)
    memory = Memory().with_turns([replace(turn, sources=(Source(1, "x", lure, lure),))])
    cited = [(number, paper, lure) for number, paper in enumerate(papers, 1)]
    for text in (to_markdown(turn, cited), json.loads(memory_file(memory, "markdown"))["text"], "".join(written(papers, ".md"))):
        html = MarkdownIt("commonmark").enable("table").render(text)
        assert "<img" not in html and "<script" not in html and "<b>" not in html and "onerror=&quot;" in html
        assert set(re.findall(r'href="([^"]*)"', html)) <= {"https://e.org/1"}
        assert "<strong>bold</strong>" in html or "a list" not in html


# --- corpus


@pytest.mark.parametrize("date", ["<img src=x onerror=alert(1)>", "2025-<b>", "9" * 50_000])
def test_a_date_that_is_none_is_told_as_text(date: str) -> None:
    for fault in (date_fault(date, ""), date_fault("", date)):
        assert "is not a date" in fault and len(fault) < 300 and "<img" not in fault and "<b>" not in fault


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


def test_adding_reports_what_was_added_and_refused(filled: Path, config: Config, tmp_path: Path) -> None:
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
    *_, (told, *_) = CorpusTab(True, lambda: own, Cartographer(tmp_path / "map.json")).on_add([str(file)], None)
    assert "1 added, 1 refused" in told and not file.exists(), "an upload is gone once it was read"


def test_what_is_pasted_is_bibtex_or_ids_and_never_a_path(filled: Path, config: Config, tmp_path: Path) -> None:
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
        and "uantization" in legend_html(atlas, 2)
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
            memory = last_memory(chat, f"user{number}turn{turn}", memory)
        found[number] = json.dumps(memory)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        assert found[number].count(f"echo of user{number}turn") == 3
        assert not any(f"user{other}turn" in found[number] for other in range(20) if other != number)
