"""What a model is trusted with: by its exam, kept on disk, by a setting; and that it never makes an answer worse."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rag import Assistant, load_config
from rag.assistant.by_model import ModelAnswers
from rag.doctor import examine
from rag.generation.exam import Examiner
from rag.llm import Model
from rag.llm.pace import Pace
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, first_sentence, papers_in, question_in, step, with_model
from ui.cli.app import app

UNDERSTOOD = {"question": "papers on LoRA from 2023 to 2024", "since": "2023", "until": "2024", "previous": False}


def knows(question: str, title: str) -> int:
    """A judge that knows the exam's subjects, and those of ASKED."""
    wanted = ("federated", "fednano") if "federated" in question else ("learning to parallel", "free draft", "fast-dllm", "dllm")
    return 2 if any(part in title.lower() for part in wanted) else 0


capable = ScriptedModel(knows, understanding=UNDERSTOOD, writing=None)


def first_only(request: Request) -> str:
    """A small model: of a batch it judges the first paper, and as partly."""
    if step(request) != "judge":
        return capable(request)
    first = papers_in(request)[0]
    return json.dumps(
        {"verdicts": [{"id": first["id"], "verdict": "partly", "quote": first_sentence(first["abstract"]), "missing": "all"}]}
    )


def everything(request: Request) -> str:
    return ScriptedModel(lambda question, title: 2)(request) if step(request) == "judge" else capable(request)


def singly(request: Request) -> str:
    """Judges well one by one, and nothing of a batch."""
    if step(request) == "judge" and len(papers_in(request)) > 1:
        return json.dumps({"verdicts": []})
    return capable(request)


def babbling(request: Request) -> str:
    return "Hmm, I like papers a lot."


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(capable) as running:
        yield running


def examined(assistant: Assistant, server: FakeOpenAI, handler: Any) -> Assistant:
    server.handler = handler
    return with_model(assistant, server, llm_trust="exam")


def examiner(reader: Assistant) -> Examiner:
    found = reader._with_model()
    assert isinstance(found, ModelAnswers)
    return found.examiner


def test_one_sentence_on_two_papers_passes_as_writing(assistant: Assistant, server: FakeOpenAI) -> None:
    """Word forms are compared as in an answer: Learn2PD is what "Learning to Parallel" presents."""
    faster = "Learn2PD [1] achieves up to 22.58× speedup without any performance drop, and Fast-dLLM v2 [2] achieves up to 2.5x speedup."
    handler = ScriptedModel(knows, understanding=UNDERSTOOD, writing=lambda papers: faster)
    assert examiner(examined(assistant, server, handler)).standing().writes


@pytest.mark.parametrize(
    ("handler", "judges", "understands", "structured"),
    [(capable, "batch", True, True), (first_only, "no", True, True), (everything, "no", True, True), (singly, "single", True, True),
     (babbling, "no", False, False)],
)  # fmt: skip
def test_a_model_is_trusted_with_what_it_shows(
    assistant: Assistant, server: FakeOpenAI, handler: Any, judges: str, understands: bool, structured: bool
) -> None:
    standing = examiner(examined(assistant, server, handler)).standing()
    assert (standing.judges, standing.understands, standing.structured) == (judges, understands, structured)
    assert standing.writes == (handler is not babbling) and standing.of == 12


def test_a_good_models_exam_costs_four_calls_and_is_kept(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    reader = examined(assistant, server, capable)
    assert reader.query(ASKED).writer == MODEL
    exam = [
        request
        for request in server.chats
        if "diffusion language models (dLLMs) decode faster" in request.user or "federated" in request.user
    ]
    assert len(exam) == 2 and sum(len(papers_in(request)) for request in exam) == 12
    kept = list((home / "models").glob("*.json"))
    assert len(kept) == 1 and MODEL in kept[0].read_text()
    before = len(server.chats)
    again = with_model(assistant, server, llm_trust="exam")
    assert examiner(again).standing().right == 12 and len(server.chats) == before


@pytest.mark.parametrize("handler", [first_only, everything, babbling], ids=lambda h: h.__name__)
@pytest.mark.parametrize("question", [ASKED, "how many times faster is Learn2PD once you add KV cache?", "what does LocalLeap do?"])
def test_a_poor_judge_makes_no_answer_worse(assistant: Assistant, server: FakeOpenAI, handler: Any, question: str) -> None:
    alone = assistant.query(question)
    helped = examined(assistant, server, handler).query(question)
    assert {c.paper.paper_id for c in alone.citations} <= {c.paper.paper_id for c in helped.citations} and not helped.abstained
    judging = [
        r for r in server.chats if step(r) == "judge" and "diffusion language models (dLLMs)" not in r.user and "federated" not in r.user
    ]
    assert not [r for r in judging if question_in(r)], "the judge that ships decides"


@pytest.mark.parametrize("intent", ["outside", "chat"])
def test_a_question_with_a_sure_answer_is_not_waved_away_by_a_poor_judge(assistant: Assistant, server: FakeOpenAI, intent: str) -> None:
    """It understood its exam and judged it badly; a model that judged well has the last word."""

    def waving(request: Request) -> str:
        exam = "any further ones" in request.user
        return json.dumps({"intent": intent}) if step(request) == "understand" and not exam else capable(request)

    question, wine = "which datasets of vulnerable code are there; and why?", "which wine would go with the fish model; or rather beer?"
    reader = examined(assistant, server, lambda r: first_only(r) if step(r) == "judge" else waving(r))
    assert examiner(reader).standing().understands
    answer = reader.query(question)
    assert answer.intent == "papers" and any("DiverseVul" in c.paper.title for c in answer.citations)
    assert reader.query(wine).intent == "chat"


def test_a_model_that_can_do_nothing_is_told(assistant: Assistant, server: FakeOpenAI) -> None:
    answer = examined(assistant, server, babbling).query(ASKED)
    assert answer.writer == "extractive" and answer.notice is not None
    assert "did not pass its exam" in answer.notice and "PAPERCHAT_LLM_TRUST" in answer.notice


def test_a_setting_overrides_the_exam(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = babbling
    assert with_model(assistant, server, llm_trust="write").query(ASKED).coverage.relevant > 0
    assert not [request for request in server.chats if step(request) == "judge"]
    answer = with_model(assistant, server, llm_trust="all").query(ASKED)
    assert answer.notice is not None and "could not be read" in answer.notice


@pytest.mark.parametrize(
    ("trust", "question", "figures"),
    [
        ("write", "how many vulnerable functions and CWEs are in DiverseVul?", ("18,945", "150")),
        ("write", "what is DiverseVul?", ("DiverseVul: A New Vulnerable Source Code Dataset",)),
        ("all", "how many vulnerable functions and CWEs are in DiverseVul?", ()),
    ],
)
def test_what_a_model_that_is_no_judge_left_out_is_quoted(
    assistant: Assistant, server: FakeOpenAI, trust: str, question: str, figures: tuple[str, ...]
) -> None:
    said = "DiverseVul is a new vulnerable source code dataset."
    server.handler = ScriptedModel(lambda question, title: 2 * ("DiverseVul" in title), writing=lambda papers: f"{said[:-1]} [1].")
    answer = with_model(assistant, server, llm_trust=trust).query(question)
    assert answer.writer == MODEL and answer.text.startswith(f"{said[:-1]} [1].") and len(answer.citations) == 1
    assert all(figure in answer.text for figure in figures)
    assert figures or answer.text == f"{said[:-1]} [1]."


def test_a_list_of_a_model_that_is_no_judge_names_every_paper(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = ScriptedModel(writing=lambda papers: "".join(f"- **approach**: parallel decoding [{p['n']}].\n" for p in papers))
    answer = with_model(assistant, server, llm_trust="write").query(ASKED)
    assert answer.writer == MODEL and len(answer.citations) == answer.coverage.relevant > 3
    assert all(c.paper.title.partition(":")[0] in answer.text for c in answer.citations)


def test_an_endpoint_that_fails_is_no_failed_exam(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    reader = examined(assistant, server, lambda request: Reply(status=401))
    notice = reader.query(ASKED).notice
    assert notice is not None and "refused the key (401)" in notice and not list((home / "models").glob("*.json"))
    server.handler = capable
    assert reader.query(ASKED).writer == MODEL


def test_a_part_that_there_was_no_time_for_is_not_passed(assistant: Assistant, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that is busy: a model that was never seen to judge is not trusted with judging."""
    monkeypatch.setattr("rag.generation.exam.SECONDS", 1.5)
    silent = Reply(hold=threading.Event())
    standing = examiner(examined(assistant, server, lambda r: capable(r) if step(r) == "write" else silent)).standing()
    assert standing.writes and standing.late and (standing.judges, standing.understands) == ("no", False)
    assert "understands: too slowly to find out; writes: yes" in standing.described()


def test_what_there_is_time_for_is_found_out_of_a_slow_model(server: FakeOpenAI) -> None:
    """It reads twenty tokens a second: the abstracts alone would take longer than the exam may, so they are not asked for."""
    model = Model(load_config(llm_model=MODEL, openai_base_url=server.url, llm_retries=0))
    model.dialect.pace.reads = 20.0
    standing = Examiner(model).take()
    assert [step(request) for request in server.chats] == ["write", "understand"]
    assert standing.writes and standing.understands and standing.judges == "no" and standing.late == ("judges",)
    assert "judges: too slowly to find out in a minute, so the judge that ships decides" in standing.described()


def test_a_prompt_that_the_server_has_read_before_tells_no_pace() -> None:
    pace, rules = Pace(), "Judge these papers by their abstracts. " * 40
    pace.measured(700, rules + "first " * 250, 10.0)
    assert pace.reads == 70
    for number in range(8):
        pace.measured(700, rules + "first " * 200 + f"others {number} " * 20, 0.1)
    assert pace.reads == 70, "only the last words were new"
    pace.measured(1_400, "something else " * 400, 10.0)
    assert pace.reads == 105, "a rise is believed by and by"


def test_thoughts_without_a_beginning_are_known_from_the_exam(assistant: Assistant, server: FakeOpenAI) -> None:
    def thinking(request: Request) -> str:
        return f"LocalLeap is training-free [1]. So it seems.\n</think>\n\n{capable(request)}"

    answer = examined(assistant, server, lambda r: thinking(r) if step(r) == "write" else capable(r)).query(ASKED)
    assert (
        answer.writer == MODEL
        and answer.notice is None
        and "So it seems" not in answer.text
        and "LocalLeap is training-free" not in answer.text
    )


def test_what_cannot_be_read_from_disk_is_examined_again(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    assert examiner(examined(assistant, server, capable)).standing().judges == "batch"
    next((home / "models").glob("*.json")).write_text("{broken")
    assert examiner(examined(assistant, server, singly)).standing().judges == "single"


def test_the_exam_is_of_the_same_prompts_as_answers(server: FakeOpenAI) -> None:
    config = load_config(llm_model=MODEL, openai_base_url=server.url, llm_retries=0)
    standing = Examiner(Model(config)).take()
    assert standing.right == 12 and "judges: 12 of 12 (several at a time)" in standing.described()
    assert {step(request) for request in server.chats} == {"understand", "judge", "write"}


def test_the_command_repeats_the_exam_and_doctor_tells_it(server: FakeOpenAI, home: Path) -> None:
    settings = ["--model", MODEL, "--base-url", server.url]
    told = CliRunner().invoke(app, ["exam", *settings])
    assert (
        told.exit_code == 0
        and "judges: 12 of 12 (several at a time); structured replies: yes; understands: yes; writes: yes" in told.stdout
    )
    server.handler = first_only
    again = json.loads(CliRunner().invoke(app, ["exam", "--json", *settings]).stdout)
    assert (again["judges"], again["right"]) == ("no", 7)
    config = load_config(llm_model=MODEL, openai_base_url=server.url, llm_retries=0)
    found = {finding.name: finding for finding in examine(config)}
    assert found["exam"].works and "judges: 7 of 12" in found["exam"].detail
