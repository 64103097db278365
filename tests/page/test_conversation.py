"""The page's conversation without a browser: asking, retrying, chosen papers, what the browser keeps."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Assistant, Filters
from rag.errors import ModelError
from tests.doubles.page import Directed, last_memory
from ui.page.chat import chips_html, listing_html, scope_html, transcript_html
from ui.page.export import memory_file
from ui.page.feedback import Feedback
from ui.page.handlers import Chat
from ui.page.sources import panel_of
from ui.page.turn import Memory, Source, memory_of, new_turn, stored
from ui.page.welcome import examples
from ui.topics import Cartographer

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
    memory = last_memory(chat, "first question")
    last_memory(chat, "second question", memory)
    assert [m["content"] for m in directed.histories[1]] == ["first question", "word by word [1]"]


def test_a_fault_of_the_model_keeps_the_conversation(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = ModelError("the model at http://127.0.0.1:1 does not answer; start it")
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
    memory = last_memory(chat, "first question")
    looks = list(chat.ask(memory, new_turn("fault please")))
    assert "does not answer; start it" in (looks[-1].transcript or "") and "first question" in (looks[-1].transcript or "")
    turns = memory_of(looks[-1].memory).turns
    assert [turn.state for turn in turns] == ["done", "failed"]
    last_memory(chat, "third question", looks[-1].memory)
    assert len(directed.histories[2]) == 2, "a failed turn is no history"


def test_an_unexpected_fault_shows_no_inside(assistant: Assistant, tmp_path: Path) -> None:
    directed = Directed(assistant)
    directed.fault = RuntimeError("secret-key-123")
    chat = Chat(lambda: directed, Feedback(tmp_path / "f.sqlite"), True, Cartographer(tmp_path / "map.json"))
    text = list(chat.ask({}, new_turn("fault please")))[-1].transcript or ""
    assert "unexpected fault (RuntimeError)" in text and "secret-key-123" not in text


def test_a_filter_that_the_wording_implied_can_be_taken_off(chat: Chat) -> None:
    memory = last_memory(chat, "papers from 2024 on quantization")
    turn = memory_of(memory).turns[0]
    assert turn.applied.since == "2024" and "Remove the filter: from 2024" in chips_html(turn.applied)
    action = {"action": "unfilter", "turn": 0, "name": "since"}
    looks = list(chat.act(memory, action, Filters()))
    again = memory_of(looks[-1].memory).turns[0]
    assert again.applied.since is None and again.applied.until == "2024" and again.question == turn.question
    both = list(chat.act(looks[-1].memory, {**action, "name": "until"}, Filters()))
    assert not memory_of(both[-1].memory).turns[0].applied


def test_retry_and_edit_replace_what_followed(chat: Chat) -> None:
    memory = last_memory(chat, "second", last_memory(chat, "kv cache compression"))
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
    assert "Closest papers" in (last.panel or "") and "Lacks: soil, erosion<" in (last.panel or "")
    assert turn.abstained and turn.topic
    steps = (last.transcript or "").partition('class="pc-next"')[2]
    assert "Drop the filter: from 2024" in steps and f"about {turn.topic[:1].lower()}" in steps.lower() and 'data-action="add"' in steps


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
    turn = memory_of(last_memory(chat, "which papers are about quantization?", look.memory)).turns[0]
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
    kept = last_memory(chat, "speculative decoding", {**last_memory(chat, "kv cache compression"), "current": ""})
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
    memory = memory_of(last_memory(chat, "Which papers speed up dLLM decoding?"))
    assert memory_of(json.loads(json.dumps(stored(memory)))) == memory
    for number in range(80):
        memory = Memory("", memory.conversations).with_turns([new_turn(f"question {number} " + "x" * 9_000)])
    kept = stored(memory)
    assert len(json.dumps(kept)) <= 410_000 and kept["conversations"][0]["turns"][0]["question"].startswith("question 79")


def test_examples_are_questions_that_the_corpus_answers(assistant: Assistant) -> None:
    asked = examples(assistant)
    assert len(asked) == 4 and all(not assistant.query(question).abstained for question in asked)


def test_a_source_that_left_the_corpus_says_so(assistant: Assistant, chat: Chat) -> None:
    turn = memory_of(last_memory(chat, "kv cache compression")).turns[0]
    gone = Source(1, "gone", "A lost paper")
    from dataclasses import replace

    assert "is no longer in the corpus" in panel_of(assistant, [replace(turn, sources=(gone,))])
    near = panel_of(assistant, [replace(turn, near=((turn.sources[0].paper_id, "a number"),), undated=(turn.sources[1].paper_id,))])
    assert "Borderline" in near and "Lacks: a number" in near and "Without a date" in near
