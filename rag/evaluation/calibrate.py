"""Fits the judge's models on judged questions.

    python -m rag.evaluation.calibrate tests/eval/clusters.jsonl.gz tests/eval/more_a.json tests/eval/more_b.json

writes `papers.json` (does this paper answer?), `held.json` (is any on the topic?), `joined.json` (does any answer?) and
`sentences.json` (which sentence shows it?) to rag/relevance/weights, or to --out. The clusters that are kept for
measuring and the questions that quality is reported on (tests/eval/dev.json) take no part.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.evaluation.cases import Case, SentenceCase, cases_from_afar, cases_of_clusters, cases_of_queries
from rag.evaluation.clusters import NEAR_MISS, load_clusters, parts
from rag.evaluation.evaluate import load_queries
from rag.evaluation.fitting import Fitted, Floats, fit_choice, fit_logistic
from rag.relevance import as_model, cues, question_features, table_of

WEIGHTS = Path(__file__).parents[1] / "relevance" / "weights"
RIDGE_PAPERS, RIDGE_QUESTION = 33.0, 5.0
RIDGES_SENTENCES = 0.4, 40.0
_FOLDS = 6
LEAST_MET = 150
"""Sentences in which a cue must occur to be learned."""

FALSE_ABSTENTION = {"held": 0.03, "joined": 0.03}
"""Share of answerable questions that may be lost to each threshold."""

TWO_SIDES = "compare"
"""Questions of this type are never asked whether one paper joins what they join."""


def fit_papers(cases: Sequence[Case]) -> Fitted:
    """Does a paper answer? Papers that answer partly take no part."""
    known = [case for case in cases if not (case.bereft or case.far)]
    grades = np.concatenate([case.grades for case in known])
    counted = grades != 1
    table = {name: np.concatenate([case.pool.table[name] for case in known])[counted] for name in known[0].pool.table}
    weight = np.concatenate([np.full(len(case.grades), case.weight) for case in known])
    return fit_logistic(table, np.asarray(grades[counted] == 2, np.float64), weight[counted], RIDGE_PAPERS)


def out_of_fold(cases: Sequence[Case]) -> list[Floats]:
    """Each hit's probability to answer, by a model that saw nothing of the case's index."""
    models = [as_model(fit_papers([c for c in cases if c.group % _FOLDS != fold])) for fold in range(_FOLDS)]
    return [models[case.group % _FOLDS].probability(case.pool.table) for case in cases]


def fit_answerable(cases: Sequence[Case], relevance: Sequence[Floats], against: Callable[[Case], bool], lost: float) -> Fitted:
    """Does any paper answer? `against` chooses the questions that none answers.

    The threshold loses at most a share of the answerable questions, on the clusters as on the papers that ship,
    by models that did not see their index.
    """
    chosen = [i for i, case in enumerate(cases) if (case.wanted and case.type != TWO_SIDES) or against(case)]
    rows = table_of([question_features(cases[i].pool, relevance[i]) for i in chosen])
    labels = np.array([float(cases[i].wanted > 0) for i in chosen])
    weight = np.array([cases[i].weight for i in chosen])
    group = np.array([cases[i].group for i in chosen])

    def fitted(some: NDArray[np.bool]) -> Fitted:
        return fit_logistic({name: column[some] for name, column in rows.items()}, labels[some], weight[some], RIDGE_QUESTION)

    probability = np.empty(len(chosen))
    for one in np.unique(group).tolist():
        inside = group == one
        probability[inside] = as_model(fitted(~inside)).probability({name: column[inside] for name, column in rows.items()})
    whole = fitted(np.full(len(chosen), True))
    kinds = [(labels > 0) & (weight == one) for one in np.unique(weight)]
    whole["threshold"] = float(min(np.quantile(probability[kind], lost) for kind in kinds if kind.any()).round(4))
    return whole


def off_the_topic(case: Case) -> bool:
    """What `held` is fitted against: no paper is on the topic."""
    return case.far or case.type == "unanswerable"


def unjoined(case: Case) -> bool:
    """What `joined` is fitted against: no paper joins what the question joins."""
    return case.type in (NEAR_MISS, "unanswerable") and not case.far


def fit_sentences(cases: Sequence[SentenceCase]) -> Fitted:
    """Which sentence of an abstract shows best that the paper answers?"""
    met = Counter(cue for case in cases for text in case.sentences.texts for cue in cues(text))
    known = sorted(cue for cue, count in met.items() if count >= LEAST_MET)
    place = {cue: number for number, cue in enumerate(known)}
    sizes = [len(case.sentences.texts) for case in cases]
    held = np.zeros((sum(sizes), len(known)))
    for row, text in enumerate(text for case in cases for text in case.sentences.texts):
        held[row, [place[cue] for cue in cues(text) if cue in place]] = 1.0
    table = {name: np.concatenate([case.sentences.table[name] for case in cases]) for name in cases[0].sentences.table}
    chosen = np.concatenate([np.arange(size) == case.best for size, case in zip(sizes, cases, strict=True)]).astype(np.float64)
    fitted = fit_choice(table, held, np.repeat(np.arange(len(cases)), sizes), chosen, RIDGES_SENTENCES)
    told = zip(known, fitted.pop("extra").round(4).tolist(), strict=True)
    return fitted | {"cues": {cue: weight for cue, weight in told if abs(weight) >= 0.01}}


def all_cases(
    path: Path, more: Sequence[Path], questions: Sequence[Path], outside: Sequence[str] = ()
) -> tuple[list[Case], list[SentenceCase]]:
    """Of the clusters to fit on, and of files of questions on the papers that ship, which are the last group; `outside` are
    questions from outside the field, asked of all."""
    clusters = [*parts(load_clusters(path))[0], *(cluster for file in more for cluster in load_clusters(file))]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        cases, sentences = cases_of_clusters(clusters, Path(home), outside)
    if questions:
        assistant = Assistant()
        papers = list(assistant.index.all_papers())
        queries = [query for file in questions for query in load_queries(file, papers)]
        group = 1 + max(case.group for case in cases)
        cases += cases_of_queries(assistant, queries, group, outside) + cases_from_afar(assistant, clusters, group)
    return cases, sentences


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clusters", type=Path)
    parser.add_argument("questions", nargs="*", type=Path, help="judged questions on the papers that ship")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="more judged clusters, all to fit on")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    cases, sentences = all_cases(given.clusters, given.more, given.questions)
    relevance = out_of_fold(cases)
    fits = {
        "held": fit_answerable(cases, relevance, off_the_topic, FALSE_ABSTENTION["held"]),
        "joined": fit_answerable(cases, relevance, unjoined, FALSE_ABSTENTION["joined"]),
    } | {"papers": fit_papers(cases), "sentences": fit_sentences(sentences)}
    for name, fitted in fits.items():
        (given.out / f"{name}.json").write_text(json.dumps(fitted) + "\n", "utf-8")
        print(f"{name}: {len(fitted['names'])} features")


if __name__ == "__main__":
    main()
