"""Evaluation: judged questions in, a table out.

A file of questions is JSON: `{"queries": [{"id", "type", "question", "history"?, "relevant":
{key: grade}, "answer_facts": [...]}]}`. A key is the paper's title with every run of
non-word characters turned into one space, lower-cased; grade 2 is wanted, 1 is neutral.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from statistics import fmean

from corpus import Paper, title_key
from rag.answer import Answer
from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.relevance import Judge, open_reader
from rag.understanding import Message

RANKED_TYPES = ("set", "known", "compare", "numeric")
"""Types that the headline figures are over: no metadata, no follow-ups, none unanswerable."""

_DEPTH = 20
Search = Callable[["JudgedQuery"], Sequence[str]]
"""A ranking for one question: paper ids, best first, at least 20 where there are so many."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A question with its qrels: `relevant` maps paper ids to grades 1 and 2."""

    query_id: str
    type: str
    question: str
    relevant: dict[str, int]
    answer_facts: tuple[str, ...] = ()
    history: tuple[Message, ...] = ()

    @property
    def wanted(self) -> set[str]:
        """Ids of the best grade: 2, or 1 in a file that grades 0 and 1."""
        best = max(self.relevant.values(), default=0)
        return {paper_id for paper_id, grade in self.relevant.items() if grade == best}


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one question, 0 to 1; None where a figure does not apply."""

    ndcg: float | None = None
    recall: float | None = None
    set_f1: float | None = None
    set_precision: float | None = None
    set_recall: float | None = None
    facts: float | None = None
    abstained: float | None = None
    false_abstention: float | None = None
    valid_citations: float | None = None


def load_queries(path: Path, papers: Iterable[Paper]) -> list[JudgedQuery]:
    """The judged questions of a file, keys resolved to ids of `papers`.

    A key that no title has exactly is matched to the nearest title (mark-up differs between
    copies of a page). Raises ConfigError where the file, or a paper it names, is missing.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))["queries"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: not a file of judged questions ({type(error).__name__}); see tests/eval/dev.json") from None
    ids = {title_key(paper.title): paper.paper_id for paper in papers}
    return [_query(item, ids, path) for item in raw]


def _query(item: dict[str, object], ids: dict[str, str], path: Path) -> JudgedQuery:
    relevant = {_resolved(key, ids, path): int(grade) for key, grade in dict(item.get("relevant") or {}).items()}  # type: ignore[call-overload]
    return JudgedQuery(
        query_id=str(item["id"]),
        type=str(item["type"]),
        question=str(item["question"]),
        relevant=relevant,
        answer_facts=tuple(item.get("answer_facts") or ()),  # type: ignore[arg-type]
        history=tuple(item.get("history") or ()),  # type: ignore[arg-type]
    )


def _resolved(key: str, ids: dict[str, str], path: Path) -> str:
    if key in ids:
        return ids[key]
    if near := get_close_matches(key, ids, n=1, cutoff=0.8):
        return ids[near[0]]
    raise ConfigError(f"{path}: no paper of the corpus is titled {key!r}; evaluate against the corpus that the file was judged on")


# --- figures


def ndcg(ranking: Sequence[str], relevant: dict[str, int], depth: int = 10) -> float:
    """nDCG with gain 2^grade - 1 and a log2 discount."""
    gains = [2 ** relevant.get(paper_id, 0) - 1 for paper_id in ranking[:depth]]
    ideal = sorted((2**grade - 1 for grade in relevant.values()), reverse=True)[:depth]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def set_scores(cited: Sequence[str], query: JudgedQuery) -> tuple[float, float, float]:
    """F1, precision and recall of the cited papers: grade 2 wanted, 0 wrong, 1 neutral."""
    right = len(query.wanted & set(cited))
    wrong = sum(query.relevant.get(paper_id, 0) == 0 for paper_id in cited)
    precision = right / (right + wrong) if right else 0.0
    recall = right / len(query.wanted)
    return (2 * precision * recall / (precision + recall) if right else 0.0), precision, recall


def _valid(answer: Answer) -> float:
    """1 when every quote is an exact substring and markers and citations agree, else 0."""
    from rag.verification import markers

    quotes = all(c.quote and c.quote in c.paper.abstract for c in answer.citations)
    return float(quotes and set(markers(answer.text)) == {c.number for c in answer.citations})


def score_ranking(query: JudgedQuery, ranking: Sequence[str]) -> Scores:
    """The retrieval figures of one question."""
    if not query.relevant:
        return Scores()
    found = len(query.wanted & set(ranking[:_DEPTH])) / len(query.wanted)
    return Scores(ndcg=ndcg(ranking, query.relevant), recall=found)


def score_answer(query: JudgedQuery, ranking: Sequence[str], answer: Answer) -> Scores:
    """All figures of one question."""
    valid = _valid(answer)
    if not query.relevant:
        return Scores(abstained=float(answer.abstained), valid_citations=valid)
    f1, precision, recall = set_scores([c.paper.paper_id for c in answer.citations], query)
    facts = fmean(fact.lower() in answer.text.lower() for fact in query.answer_facts) if query.answer_facts else None
    ranked = score_ranking(query, ranking)
    return Scores(ranked.ndcg, ranked.recall, f1, precision, recall, facts, None, float(answer.abstained), valid)


def mean(scores: Sequence[Scores]) -> Scores:
    """Means over the questions to which each figure applies."""
    values = {f.name: [v for s in scores if (v := getattr(s, f.name)) is not None] for f in fields(Scores)}
    return Scores(**{name: fmean(known) if known else None for name, known in values.items()})


# --- runs


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures by question type, in the order of the table, and of each question."""

    by_type: dict[str, Scores]
    by_query: dict[str, Scores]


def _grouped(queries: Sequence[JudgedQuery], scores: Sequence[Scores]) -> Evaluation:
    groups = {name: [s for q, s in zip(queries, scores, strict=True) if q.type == name] for name in dict.fromkeys(q.type for q in queries)}
    ranked = [s for q, s in zip(queries, scores, strict=True) if q.type in RANKED_TYPES]
    by_type = {name: mean(group) for name, group in groups.items()}
    if ranked and len(groups) > 1:
        by_type["+".join(name for name in RANKED_TYPES if name in groups)] = mean(ranked)
    by_type["all"] = mean(scores)
    return Evaluation(by_type, {q.query_id: s for q, s in zip(queries, scores, strict=True)})


def evaluate(assistant: Assistant, queries: Sequence[JudgedQuery], progress: Callable[[int], None] = lambda done: None) -> Evaluation:
    """Search and answer every question with the assistant."""
    scores = []
    for query in queries:
        ranking = [hit.paper.paper_id for hit in assistant.search(query.question, _DEPTH, history=query.history)]
        scores.append(score_answer(query, ranking, assistant.query(query.question, query.history)))
        progress(1)
    return _grouped(queries, scores)


def ours(assistant: Assistant) -> Search:
    """Paperchat's own search, for collections that have no answers to score."""
    return lambda query: [hit.paper.paper_id for hit in assistant.retriever.search(query.question, 100)]


def ours_read(assistant: Assistant) -> Search:
    """The same, ranked by the judge, who reads the best."""
    judge, search = Judge(assistant.retriever, open_reader(assistant.config.home / "read")), assistant.retriever.search
    return lambda query: [hit.paper.paper_id for hit in judge.ranked(query.question, search(query.question, 100), read=True)]


def evaluate_search(queries: Sequence[JudgedQuery], search: Search, progress: Callable[[int], None] = lambda done: None) -> Evaluation:
    """Retrieval figures of any search, for peers."""
    scores = []
    for query in queries:
        scores.append(score_ranking(query, search(query)))
        progress(1)
    return _grouped(queries, scores)


# --- tables


def table(rows: dict[str, Scores]) -> str:
    """Scores as a Markdown table, a row a name, columns without any figure left out."""
    names = [f.name for f in fields(Scores) if any(getattr(s, f.name) is not None for s in rows.values())]
    width = max(len(name) for name in rows)
    lines = [f"| {'':{width}} | " + " | ".join(f"{name:>8}" for name in names) + " |"]
    lines.append(f"|{'-' * (width + 2)}|" + "|".join("-" * (max(len(name), 8) + 1) + ":" for name in names) + "|")
    for row, scores in rows.items():
        cells = (("-" if (v := getattr(scores, name)) is None else f"{v:.3f}").rjust(max(len(name), 8)) for name in names)
        lines.append(f"| {row:{width}} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def below(baseline: dict[str, dict[str, float]], now: Evaluation) -> list[str]:
    """Figures that fell below the baseline (type -> figure -> least value), a line each."""
    faults = []
    for kind, least in baseline.items():
        for name, value in least.items():
            found = getattr(now.by_type[kind], name)
            if found is None or (found > value if name == "false_abstention" else found < value):
                faults.append(f"{kind} {name}: {'none' if found is None else f'{found:.3f}'}, baseline {value:.3f}")
    return faults
