"""Slack's limits and mark-up: nothing is too long, nothing is lost, nothing that a paper says takes effect."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Paper
from rag import Answer, Assistant, Citation, load_config
from rag.text import split_sentences
from tests.doubles.slack import shown
from tests.doubles.slack_rig import ASK, Told, running, says
from tests.doubles.slack_server import BOT_USER
from ui.slack.blocks import abstract_messages, answer_messages, text_of
from ui.slack.mrkdwn import escape, line_mrkdwn, link, plain, said
from ui.slack.reading import whole
from ui.slack.split import cut, packed_lines, plain_sections, sections

MARK_UP = st.text(alphabet=st.sampled_from(list("ab <>&*_~`|:@!#\n.-[]1é漢\u200b")), max_size=400)
LIVE = re.compile(r"<[!@#]|<(?!https?://[^|>\s]+\|)[^>]*>")
"""Mark-up that pings, or a link that is not one of ours."""


@settings(max_examples=200, deadline=None)
@given(MARK_UP)
def test_no_text_is_live_after_escaping(text: str) -> None:
    shown_text = escape(text)
    assert not re.search(r"[<>*~`]|&(?!amp;|lt;|gt;)", shown_text)
    assert not re.search(r"(?<!\w)_\w[^_]*_(?!\w)|:[a-z0-9_+'-]+:", shown_text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet=st.sampled_from(list("abc <>&_~`:@!|#é漢.-[]1")), min_size=1, max_size=200), max_size=30))
def test_sections_keep_to_the_limit_and_give_the_text_back(lines: list[str]) -> None:
    text = "\n".join(line.replace("|", "/").strip() or "x" for line in lines)
    packed = sections(text, 120)
    assert all(len(piece) <= 120 for _, piece in packed)
    assert re.sub(r"\s", "", plain("".join(join + piece for join, piece in packed))) == re.sub(r"\s", "", text)


def test_long_paragraphs_are_split_at_sentence_ends() -> None:
    text = " ".join(f"Sentence {n} tells of dLLMs, e.g. of {n} tokens a step." for n in range(300))
    pieces = plain_sections(text)
    assert len(pieces) > 3 and " ".join(pieces) == text
    assert all(len(piece) <= 3_000 for piece in pieces)
    assert [sentence for piece in pieces for sentence in split_sentences(piece)] == split_sentences(text)


def test_a_word_without_end_still_fits() -> None:
    pieces = plain_sections("&" * 10_000)
    assert all(len(piece) <= 3_000 for piece in pieces) and plain("".join(pieces)) == "&" * 10_000
    assert len(cut("<" * 5_000, 300)) <= 300


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("- **A < B**: 7% of *x* [1]", "• *A &lt; B*: 7% of ∗x∗ [1]"),
        ("  - nested", "  • nested"),
        ("1. **one** & two", "1. *one* &amp; two"),
        ("**<!channel>** <@U1> <http://x.org|here>", "*&lt;!channel&gt;* &lt;@U1&gt; &lt;http://x.org|here&gt;"),
        ("a_b and _c_ ~d~ `e` :tada:", "a_b and ˍcˍ ∼d∼ ˋeˋ ∶tada:"),
    ],
)
def test_markdown_in_mrkdwn(markdown: str, mrkdwn: str) -> None:
    assert line_mrkdwn(markdown) == mrkdwn
    assert plain(mrkdwn) == markdown


def test_a_table_becomes_a_list() -> None:
    table = "| Method | Speed | Memory |\n|---|---|---|\n| LoRA | 2× [1] | low |\n| **QLoRA** | | lower [2] |"
    assert sections(table) == [("", "• *LoRA*: Speed: 2× [1]; Memory: low\n• *QLoRA*: Memory: lower [2]")]


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://arxiv.org/abs/2406.01234", "<https://arxiv.org/abs/2406.01234|T &lt;b&gt;>"),
        ("https://x.org/a|<!channel>&b=1", "<https://x.org/a%7C%3C!channel%3E&amp;b=1|T &lt;b&gt;>"),
        ("javascript:alert(1)", "T &lt;b&gt;"),
        ("https:evil", "T &lt;b&gt;"),
        ("https://x.org/" + "a" * 600, "T &lt;b&gt;"),
        (None, "T &lt;b&gt;"),
    ],
)
def test_links(url: str | None, linked: str) -> None:
    assert link(url, "T\n<b>") == linked


def test_what_people_write_is_read_as_plain_text() -> None:
    text = "<@U0BOT> see <https://x.org/a?b=1&amp;c|x.org>, <https://y.org>, <#C1|general>, <@U2|ann> &lt;b&gt; <!here>"
    assert said(text, "U0BOT") == "see x.org, https://y.org, general, ann <b> here"


@pytest.mark.parametrize(
    ("text", "plain_text"),
    [
        ("is *Medusa* faster than ~Eagle~ _or_ *_Hydra_*?", "is Medusa faster than Eagle or Hydra?"),
        (
            "does `kv_cache.evict(*args)` help in snake_case_names at 2*3*4 tokens?",
            "does kv_cache.evict(*args) help in snake_case_names at 2*3*4 tokens?",
        ),
        ("```def f(_x_):\n  return *y*```\nwhich paper has this?", "def f(_x_): return *y* which paper has this?"),
        ("&gt; It gives _27x_\nis <@U0BOT|bot> that true?", "It gives 27x is that true?"),
        ("until <!date^1735689600^{date_short} at {time}^https://x.org|31 Dec 2024>, please", "until 31 Dec 2024, please"),
        ("until <!date^1735689600^{date_short}>", "until 2025-01-01"),
        ("papers :books: on :+1::skin-tone-3: LoRA at 10:30:45", "papers on LoRA at 10:30:45"),
        ("<!subteam^S1|@readers> and <mailto:a@x.org|a@x.org>", "@readers and a@x.org"),
    ],
)
def test_text_is_read_as_slack_writes_it(text: str, plain_text: str) -> None:
    assert said(text, "U0BOT") == plain_text


@settings(max_examples=200, deadline=None)
@given(MARK_UP)
def test_reading_never_fails_and_keeps_words(text: str) -> None:
    assert isinstance(said(text, "U0BOT"), str)


@pytest.mark.parametrize(
    ("attachments", "asked"),
    [
        ([{"is_share": True, "text": "which papers *prune* tokens?"}], "see this\nwhich papers prune tokens?"),
        ([{"is_msg_unfurl": True, "text": "LoRA &lt; QLoRA"}, {"is_share": True, "text": ""}], "see this\nLoRA < QLoRA"),
        ([{"title": "A page", "text": "a web page's own words"}], "see this"),
    ],
)
def test_forwarded_messages_belong_to_the_question(attachments: list[dict[str, object]], asked: str) -> None:
    assert whole({"text": "see this", "attachments": attachments}, "U0BOT") == asked


def test_lines_are_packed() -> None:
    assert packed_lines(["a" * 6, "b" * 3, "c" * 8], 10) == ["aaaaaa\nbbb", "cccccccc"]


def test_an_answer_with_60_papers(assistant: Assistant, home: Path) -> None:
    papers = list(assistant.index.all_papers())[:60]
    citations = tuple(Citation(n, paper, split_sentences(paper.abstract)[0]) for n, paper in enumerate(papers, 1))
    text = "60 papers answer this:\n\n" + "".join(f"- **{c.paper.title}**: {c.quote} [{c.number}]\n" for c in citations)
    with running(Told(assistant, says(text, citations=citations)), home) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        parts = rig.slack.final("C0GENERAL")
        whole = "\n".join(shown(part) for part in parts)
        assert len(parts) > 1 and {call.status for call in rig.slack.calls} == {200}
        assert all(escape(c.paper.title) in whole and escape(c.quote) in whole for c in citations)
        assert [c.number for c in citations if f"*[{c.number}]* <http" in whole] == [1, 2, 3]
        rig.slack.click("C0GENERAL", parts[-1], "All 60 sources")
        rig.slack.wait(lambda: "*[60]* <http" in "".join(shown(told) for told in rig.slack.made("chat.postEphemeral")), "60 sources")
        assert "".join(text_of(part["blocks"])[1] for part in parts).rstrip() == text.rstrip()
        rig.slack.click("C0GENERAL", parts[-1], "Show abstracts")
        rig.slack.wait(lambda: "*[60]*" in "".join(shown(told) for told in rig.slack.made("chat.postEphemeral")), "60 abstracts")
        rig.slack.command("share everything")
        rig.stop()
        assert {call.status for call in rig.slack.calls} == {200}
        assert 1 < len(rig.slack.made("response")) <= 5


def test_a_command_gets_no_more_than_five_messages(assistant: Assistant, home: Path) -> None:
    text = "\n".join(f"- line {n} " + "word " * 100 for n in range(200))
    with running(Told(assistant, says(text)), home) as rig:
        rig.slack.command("everything")
        rig.slack.wait(lambda: len(rig.slack.made("response")) == 5, "five messages")
        rig.stop()
        last = rig.slack.made("response")[-1]
        assert "more messages are left out" in shown(last) and last["blocks"][-1]["type"] == "actions"


HOSTILE = Paper(
    "hostile",
    "Zorblax <!channel> <@U0ANN> *quantisation* <http://evil.example|click> & :tada: [7] ](http://evil.example)",
    "We propose zorblax quantisation with *stars*, ~gone~ and _slanted_ words, a < b & c > d, for 7% of the cost. "
    "Zorblax quantisation pings <!here> and <@U0BOB> with <!subteam^S1> at <http://evil.example|Slack> &lt;!channel&gt; `code`.",
    "2025-10-06",
    "<!everyone> Labs",
    url="https://evil.example/|<!channel>",
)


def test_a_hostile_paper_pings_no_one_and_forges_no_link(assistant: Assistant, home: Path) -> None:
    shutil.copytree(assistant.config.home, home, symlinks=True)
    own = Assistant(load_config(home=home))
    own.add([HOSTILE, replace(HOSTILE, paper_id="hostile-2", title=HOSTILE.title + " again", url="javascript:alert(1)")])
    with running(own, home) as rig:
        root = rig.slack.say("C0GENERAL", "U0ANN", f"<@{BOT_USER}> which papers are about zorblax quantisation &lt;!channel&gt;?")
        first = rig.slack.final("C0GENERAL")
        rig.slack.click("C0GENERAL", first[-1], "Show abstracts")
        rig.slack.wait(lambda: rig.slack.made("chat.postEphemeral"), "abstracts")
        acked = rig.slack.command("zorblax quantisation &lt;!channel&gt; <@U0ANN> &amp;lt;")
        rig.slack.say("C0GENERAL", "U0ANN", "which of those pings?", root["ts"])
        rig.slack.final("C0GENERAL", 2)
        rig.stop()
        sent = [call.args for call in rig.slack.calls if "blocks" in call.args] + [json.loads(acked.body)]
    assert "Zorblax &lt;!channel&gt;" in "".join(map(shown, first))
    for message in sent:
        for text in (shown(message), message["text"]):
            assert not LIVE.search(text), text
            assert set(re.findall(r"<https?://([^/]*)", text)) <= {"evil.example", "scholar.google.com"}
            assert all(own.startswith("%7C%3C!channel%3E|") for own in re.findall(r"<https://evil.example/([^>]*)", text))
        sections_shown = [block["text"] for block in message["blocks"] if block["type"] == "section"]
        assert all(text["verbatim"] for text in sections_shown)
        assert message.get("unfurl_links") is not True and "link_names" not in message


def test_messages_carry_their_answer(assistant: Assistant) -> None:
    messages = answer_messages(Answer("q", "One. [1]\n\nTwo."), "abc")
    assert text_of(messages[0]) == ("abc", "One. [1]\n\nTwo.")


def test_abstracts_without_end_fill_no_thread() -> None:
    """Of one click: an abstract of a megabyte, and more abstracts than anybody reads."""
    endless = Citation(1, Paper("p1", "Endless", "It goes on and on. " * 60_000), "It goes on and on.")
    many = [Citation(n, Paper(f"p{n}", f"Paper {n}", "A sentence of an abstract. " * 300), "A sentence") for n in range(100)]
    for citations, told in (([endless], "more characters"), (many, "more messages are left out")):
        shown_messages = abstract_messages(citations)
        assert len(shown_messages) <= 30 and told in json.dumps(shown_messages[-1])
    (usual,) = abstract_messages([Citation(1, Paper("p", "Usual", "A sentence of an abstract. " * 90), "A sentence")])
    assert "more" not in json.dumps(usual)
