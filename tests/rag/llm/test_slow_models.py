"""Slow models: the quoted answer is there at once, and the model's own takes its place."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Answer, Assistant, Delta, Step
from rag.llm import Register, Standing
from tests.doubles.commands import paperchat
from tests.doubles.openai import MODEL, FakeOpenAI, Reply
from tests.doubles.scripted import ASKED, ScriptedModel, grade, step, with_model
from ui.page.chat import run
from ui.page.turn import new_turn

good = ScriptedModel(grade)


@pytest.fixture
def server(home: Path) -> Iterator[FakeOpenAI]:
    """A model whose exam, taken before, found it to read twenty tokens a second."""
    with FakeOpenAI(good) as running:
        Register(home, MODEL, running.url).write(Standing(right=12, of=12, reads=20.0), MODEL)
        yield running


def test_the_quoted_answer_comes_first_and_is_replaced(assistant: Assistant, server: FakeOpenAI) -> None:
    events = list(with_model(assistant, server, llm_trust="exam").stream(ASKED))
    first, answer = events[0], events[-1]
    assert isinstance(first, Step) and isinstance(answer, Answer) and first.draft is not None
    assert first.detail == f"improving with {MODEL} ..." and first.draft.text == assistant.query(ASKED).text
    assert answer.writer == MODEL and "".join(event.text for event in events if isinstance(event, Delta)) == answer.text


def test_a_model_that_is_not_slow_shows_no_draft(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    Register(home, MODEL, server.url).write(Standing(right=12, of=12, reads=2_000.0), MODEL)
    events = with_model(assistant, server, llm_trust="exam").stream(ASKED)
    assert not [event for event in events if isinstance(event, Step) and event.draft]


def test_the_quoted_answer_is_there_while_a_model_takes_its_exam(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    for kept in (home / "models").iterdir():
        kept.unlink()
    go = threading.Event()
    server.handler = lambda request: Reply(good(request), hold=go)
    with_steps = with_model(assistant, server, llm_trust="exam").stream(ASKED)
    first = next(with_steps)
    assert isinstance(first, Step) and first.draft and first.draft.citations and "finding out" in first.detail
    go.set()
    assert isinstance(list(with_steps)[-1], Answer)


def test_the_page_shows_the_draft_until_the_models_text_begins(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = lambda request: Reply(chunks=good(request).splitlines(True)) if step(request) == "write" else good(request)
    shown = list(run(with_model(assistant, server, llm_trust="exam"), (), new_turn(ASKED)))
    drafted = [progress for progress in shown if progress.turn.sources and progress.turn.state == "running"]
    assert drafted and drafted[0].turn.text == assistant.query(ASKED).text and drafted[0].steps == (f"improving with {MODEL} ...",)
    grown = next(progress for progress in shown if progress.turn.text and progress.turn.text != drafted[0].turn.text)
    assert grown.turn.state == "running" and not grown.turn.sources, "nothing is left of the draft"
    assert shown[-1].turn.state == "done" and shown[-1].turn.writer == MODEL


@pytest.mark.parametrize("terminal", [True, False])
def test_the_command_shows_it_on_a_terminal_and_prints_the_models_answer_only(
    assistant: Assistant, server: FakeOpenAI, filled: Path, terminal: bool
) -> None:
    settings = (
        {"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1", "COLUMNS": "200", "LINES": "200"} if terminal else {}
    )  # the second for a rich of before 14
    done = paperchat("ask", "--model", MODEL, "--base-url", server.url, ASKED, environment={**os.environ, **settings})
    assert done.returncode == 0 and f"improving with {MODEL} ..." in done.stderr
    drafted = assistant.query(ASKED).text.split("\n")[-1]
    assert drafted not in done.stdout and (drafted[:60] in done.stderr) == terminal
    assert "[1] " in done.stdout and "of 372 papers answer" in done.stderr
