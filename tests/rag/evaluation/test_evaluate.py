"""The evaluation's figures on cases small enough to reckon by hand, and the floor under quality."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from corpus import Paper, title_key
from rag import Answer, Assistant, Citation, Message, PaperchatError
from rag.evaluation.evaluate import Evaluation, JudgedQuery, below, evaluate, load_queries, ndcg, score_answer, set_scores, table
from rag.evaluation.fitting import fit_choice, fit_logistic
from rag.relevance import as_model
from rag.text import split_sentences
from tests.doubles.soundness import quotes_only_the_abstracts, sound

EVAL = Path(__file__).parents[2] / "eval"
QUERY = JudgedQuery("q", "set", "?", {"a": 2, "b": 2, "c": 1}, ("57.51",))


def _answer(*ids: str, text: str = "") -> Answer:
    citations = tuple(Citation(n, Paper(i, i, "A sentence."), "A sentence.") for n, i in enumerate(ids, 1))
    return Answer("?", text or " ".join(f"[{c.number}]" for c in citations), citations, abstained=not citations)


def test_ndcg_by_hand() -> None:
    assert ndcg(["a", "b", "c"], QUERY.relevant) == pytest.approx(1.0)
    assert ndcg(["x", "y"], QUERY.relevant) == 0.0
    best = 3 + 3 / 1.5849625 + 1 / 2
    assert ndcg(["c", "a", "b"], QUERY.relevant) == pytest.approx((1 + 3 / 1.5849625 + 3 / 2) / best, abs=1e-6)


def test_grade_one_is_neutral_in_a_set() -> None:
    assert set_scores(["a", "b", "c"], QUERY) == (1.0, 1.0, 1.0)
    assert set_scores(["a", "x"], QUERY) == (0.5, 0.5, 0.5)
    assert set_scores([], QUERY) == (0.0, 0.0, 0.0)


def test_facts_abstention_and_citations_are_scored() -> None:
    good = score_answer(QUERY, ["a"], _answer("a", text="57.51× [1]"))
    assert (good.facts, good.false_abstention, good.valid_citations, good.recall) == (1.0, 0.0, 1.0, 0.5)
    declined = score_answer(QUERY, [], _answer(text="no"))
    assert (declined.false_abstention, declined.set_f1) == (1.0, 0.0)
    nothing = JudgedQuery("u", "unanswerable", "?", {})
    assert score_answer(nothing, [], _answer(text="no")).abstained == 1.0
    assert score_answer(nothing, [], _answer("a")).abstained == 0.0


def test_a_marker_without_citation_or_a_quote_that_is_none_is_invalid() -> None:
    assert score_answer(QUERY, [], _answer("a", text="x [1] y [2]")).valid_citations == 0.0
    wrong = Answer("?", "x [1]", (Citation(1, Paper("a", "a", "A sentence."), "Another."),))
    assert score_answer(QUERY, [], wrong).valid_citations == 0.0


def test_keys_are_resolved_and_a_stranger_is_named(assistant: Assistant, tmp_path: Path) -> None:
    papers = list(assistant.index.all_papers())
    for name in ("dev", "more_a", "more_b", "more_c", "held_c"):
        assert load_queries(EVAL / f"{name}.json", papers)
    file = tmp_path / "q.json"
    query = {
        "id": "1",
        "type": "set",
        "question": "?",
        "relevant": {"s 2 ft efficient scalable and generalizable llm fine tuning by structured sparsity": 2},
    }
    file.write_text(json.dumps({"queries": [query]}))
    (found,) = load_queries(file, papers)
    assert next(iter(found.relevant)).startswith("s2ft-efficient")
    file.write_text(json.dumps({"queries": [query | {"relevant": {"a paper that nobody wrote about geese": 2}}]}))
    with pytest.raises(PaperchatError, match="geese"):
        load_queries(file, papers)
    file.write_text("[]")
    with pytest.raises(PaperchatError, match="judged questions"):
        load_queries(file, papers)


@pytest.mark.parametrize("name", ["more_c", "held_c"])
def test_every_wanted_paper_is_marked_with_a_sentence_that_its_abstract_has(assistant: Assistant, name: str) -> None:
    papers = {title_key(paper.title): paper for paper in assistant.index.all_papers()}
    for query in json.loads((EVAL / f"{name}.json").read_text())["queries"]:
        assert set(query.get("sentences", {})) == {key for key, grade in query["relevant"].items() if grade == 2}
        for key, index in query.get("sentences", {}).items():
            assert 0 <= index < len(split_sentences(papers[key].abstract))
        assert all(key in papers for half in query.get("near", ()) for key in half)


def test_no_question_is_both_fitted_on_and_held_back() -> None:
    questions = [{q["question"] for q in json.loads((EVAL / f"{name}.json").read_text())["queries"]} for name in ("more_c", "held_c")]
    assert questions[0].isdisjoint(questions[1])


BASELINE = json.loads((EVAL / "baseline.json").read_text())


class _Heard:
    """An assistant whose answers are kept: a question is answered once for the figures and for what must hold of every answer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self.search, self.answers = assistant, assistant.search, list[Answer]()

    def query(self, question: str, history: Sequence[Message]) -> Answer:
        self.answers.append(self._assistant.query(question, history))
        return self.answers[-1]


@pytest.fixture(scope="module", params=BASELINE)
def evaluated(assistant: Assistant, request: pytest.FixtureRequest) -> tuple[str, Evaluation, list[Answer]]:
    """A file, its figures and its answers."""
    heard = _Heard(assistant)
    figures = evaluate(cast(Assistant, heard), load_queries(EVAL / request.param, assistant.index.all_papers()))
    return request.param, figures, heard.answers


@pytest.mark.own_words
def test_quality_does_not_fall_below_the_baseline(evaluated: tuple[str, Evaluation, list[Answer]]) -> None:
    name, figures, _ = evaluated
    assert below(BASELINE[name], figures) == [], table(figures.by_type)


def test_every_answer_is_sound_and_quotes_only_the_abstracts(evaluated: tuple[str, Evaluation, list[Answer]]) -> None:
    _, _, answers = evaluated
    assert len(answers) >= 60
    for answer in answers:
        sound(answer)
        quotes_only_the_abstracts(answer)


def test_a_baseline_that_is_not_reached_is_told(assistant: Assistant) -> None:
    queries = load_queries(EVAL / "dev.json", assistant.index.all_papers())[:3]
    found = evaluate(assistant, queries)
    assert below({"set": {"ndcg": 1.01}}, found)[0].startswith("set ndcg")
    assert below({"set": {"ndcg": 0.0, "false_abstention": 1.0}}, found) == []


def test_a_fit_finds_what_tells_right_from_wrong() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 2))
    labels = (rows[:, 0] - 0.5 * rows[:, 1] > 0).astype(float)
    table = {"first": rows[:, 0], "second": rows[:, 1], "same for all": np.ones(400)}
    fitted = fit_logistic(table, labels, np.ones(400), 0.1)
    weights = dict(zip(fitted["names"], fitted["weights"], strict=True))
    assert weights["first"] > 0 > weights["second"] and weights["same for all"] == 0
    assert ((as_model(fitted).probability(table) > 0.5) == labels).mean() > 0.97


def test_a_choice_is_learned_within_its_group() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(100), 4)
    value, cue = rng.normal(size=400) + 10 * group, rng.integers(0, 2, 400).astype(float)  # only differences within a group tell
    score = value + 3 * cue
    chosen = np.concatenate([np.arange(4) == score[group == g].argmax() for g in range(100)]).astype(float)
    fitted = fit_choice({"value": value}, cue[:, None], group, chosen, (0.01, 0.01))
    assert fitted["weights"][0] > 0 and fitted["extra"][0] > 0
    found = as_model(fitted).score({"value": value}) + cue * fitted["extra"][0]
    assert np.mean([found[group == g].argmax() == score[group == g].argmax() for g in range(100)]) > 0.95


def test_a_beir_collection_is_read_and_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ui.cli.app import app

    folder = tmp_path / "tiny"
    folder.mkdir()
    documents = [
        {"_id": str(i), "title": t, "text": x}
        for i, (t, x) in enumerate([("Apples", "Apples are red."), ("", "Pears are green."), ("Plums", "Plums are blue.")])
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(d) for d in documents))
    (folder / "queries.jsonl").write_text(
        json.dumps({"_id": "q", "text": "green pears"}) + "\n" + json.dumps({"_id": "unjudged", "text": "x"})
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    app(["evaluate", "--beir", str(folder), "--no-peers", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["Paperchat"]["ndcg"] == told["Paperchat, the best read"]["ndcg"] == 1.0
    (folder / "qrels.tsv").unlink()
    with pytest.raises(PaperchatError, match=r"qrels\.tsv"):
        app(["evaluate", "--beir", str(folder)], standalone_mode=False)
