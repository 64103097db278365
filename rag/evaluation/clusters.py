"""Judged clusters: questions of seven types, each judged against all papers of its cluster, with the sentence that shows it.

    python -m rag.evaluation.clusters tests/eval/clusters.jsonl.gz

asks every question of the clusters that took no part in any fit of one index over these clusters, and prints what came.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from corpus import Paper
from rag.answer import Answer
from rag.assistant import Assistant
from rag.config import load_config
from rag.embedding import open_embedder
from rag.evaluation.evaluate import ndcg
from rag.index import Index

NEAR_MISS = "near_miss"
_FITTED, _SEED = 144, 13


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `grades` are 1 and 2 by paper id, `shown` the sentence that shows best that a paper answers."""

    type: str
    text: str
    grades: dict[str, int]
    shown: dict[str, str]

    @property
    def wanted(self) -> set[str]:
        """Ids of the papers that answer."""
        return {paper_id for paper_id, grade in self.grades.items() if grade == 2}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Neighbouring papers, and the questions that were judged against all of them."""

    papers: tuple[Paper, ...]
    questions: tuple[Asked, ...]


def load_clusters(path: Path) -> list[Cluster]:
    """The clusters of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_cluster(json.loads(line)) for line in lines]


def _cluster(line: dict[str, list[dict[str, object]]]) -> Cluster:
    sentences = {str(paper["id"]): list(paper["sentences"]) for paper in line["docs"]}  # type: ignore[call-overload]
    papers = tuple(Paper(key, str(paper["title"]), " ".join(sentences[key])) for paper in line["docs"] for key in [str(paper["id"])])
    return Cluster(papers, tuple(_asked(question, sentences) for question in line["questions"]))


def _asked(question: dict[str, object], sentences: dict[str, list[str]]) -> Asked:
    judged: dict[str, tuple[int, int]] = question["relevant"]  # type: ignore[assignment]
    shown = {key: sentences[key][place] for key, (grade, place) in judged.items() if grade == 2}
    return Asked(str(question["type"]), str(question["question"]), {key: grade for key, (grade, _) in judged.items()}, shown)


def parts(clusters: Sequence[Cluster]) -> tuple[list[Cluster], list[Cluster]]:
    """The clusters to fit on, and those that are kept for measuring; always the same."""
    order = list(range(len(clusters)))
    random.Random(_SEED).shuffle(order)
    return [clusters[i] for i in order[:_FITTED]], [clusters[i] for i in order[_FITTED:]]


def opened(clusters: Sequence[Cluster], home: Path) -> Assistant:
    """An assistant over the papers of these clusters alone."""
    config = load_config().model_copy(update={"home": home, "llm_model": None, "embed_model": "static", "chroma_url": None})
    index = Index(config, open_embedder(config))
    index.sync((paper for cluster in clusters for paper in cluster.papers), merge_titles=False)
    return Assistant(config, index=index)


# --- whole answers


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of whole answers, 0 to 1: set F1 by type, near misses left unanswered, answerable questions left
    unanswered, cited papers that are quoted with the best sentence, nDCG@10 of the search."""

    f1: dict[str, float]
    near_misses: float
    false_abstention: float
    best_sentence: float
    ndcg: float

    def __str__(self) -> str:
        types = ", ".join(f"{name} {value:.3f}" for name, value in self.f1.items())
        lines = {
            f"set F1 ({types})": fmean(self.f1.values()),
            "near misses left unanswered": self.near_misses,
            "false abstention": self.false_abstention,
            "best sentence quoted": self.best_sentence,
            "nDCG@10 of search": self.ndcg,
        }
        return "\n".join(f"{value:.3f} {name}" for name, value in lines.items())


def measure(assistant: Assistant, clusters: Sequence[Cluster]) -> Measured:
    """Every question of the clusters, asked of the assistant."""
    asked = [(question, assistant.query(question.text)) for cluster in clusters for question in cluster.questions]
    answerable = [(question, answer) for question, answer in asked if question.wanted]
    types = dict.fromkeys(question.type for question, _ in answerable)
    return Measured(
        f1={name: fmean(set_f1(question, answer) for question, answer in answerable if question.type == name) for name in types},
        near_misses=fmean(answer.abstained for question, answer in asked if not question.wanted),
        false_abstention=fmean(answer.abstained for _, answer in answerable),
        best_sentence=fmean(best for question, answer in answerable for best in _best_sentences(question, answer)),
        ndcg=fmean(ndcg([hit.paper.paper_id for hit in assistant.search(question.text)], question.grades) for question, _ in answerable),
    )


def set_f1(question: Asked, answer: Answer) -> float:
    """Grade 2 is wanted, 1 neutral, 0 wrong."""
    cited = {citation.paper.paper_id for citation in answer.citations}
    right, wrong = len(cited & question.wanted), len(cited - question.grades.keys())
    return 2 * right / (right + wrong + len(question.wanted)) if right else 0.0


def _best_sentences(question: Asked, answer: Answer) -> Iterator[bool]:
    for citation in answer.citations:
        if best := question.shown.get(citation.paper.paper_id):
            yield best.strip() in citation.quote


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    kept = parts(load_clusters(parser.parse_args(arguments).file))[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        print(measure(opened(kept, Path(home)), kept))


if __name__ == "__main__":
    main()
