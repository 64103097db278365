"""Fits the judge's models on judged questions.

    python -m rag.evaluation.calibrate tests/eval/clusters.jsonl.gz tests/eval/more_a.json tests/eval/more_b.json

writes `papers.json` (does this paper answer?), `answerable.json` (does any?) and `sentences.json` (which sentence
shows it?) to rag/relevance/weights, or to --out. The clusters that are kept for measuring and the questions that
quality is reported on (tests/eval/dev.json) take no part.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.evaluation.cases import Case, SentenceCase, cases_of_clusters, cases_of_queries
from rag.evaluation.clusters import load_clusters, parts
from rag.evaluation.evaluate import load_queries
from rag.evaluation.fitting import Fitted, Floats, fit_choice, fit_logistic
from rag.relevance import as_model, cues, question_features, table_of

WEIGHTS = Path(__file__).parents[1] / "relevance" / "weights"
RIDGE_PAPERS, RIDGE_QUESTION = 33.0, 20.0
RIDGES_SENTENCES = 0.4, 12.0
LEAST_MET = 40
"""Sentences in which a cue must occur to be learned."""

WEIGHT_OF_BEREFT = 0.1
"""Of a question whose papers were taken away, beside a near miss."""

FALSE_ABSTENTION = 0.05
"""Share of answerable questions that may be lost to the abstention threshold."""


def fit_papers(cases: Sequence[Case]) -> Fitted:
    """Does a paper answer? Papers that answer partly take no part."""
    known = [case for case in cases if not case.bereft]
    grades = np.concatenate([case.grades for case in known])
    counted = grades != 1
    table = {name: np.concatenate([case.pool.table[name] for case in known])[counted] for name in known[0].pool.table}
    weight = np.concatenate([np.full(len(case.grades), case.weight) for case in known])
    return fit_logistic(table, np.asarray(grades[counted] == 2, np.float64), weight[counted], RIDGE_PAPERS)


def out_of_fold(cases: Sequence[Case]) -> list[Floats]:
    """Each hit's probability to answer, by a model that saw nothing of the case's index."""
    models = {group: as_model(fit_papers([c for c in cases if c.group != group])) for group in {case.group for case in cases}}
    return [models[case.group].probability(case.pool.table) for case in cases]


def fit_answerable(cases: Sequence[Case], relevance: Sequence[Floats]) -> Fitted:
    """Does any paper answer? The threshold loses so many of the answerable questions of other indexes."""
    rows = [question_features(case.pool, found) for case, found in zip(cases, relevance, strict=True)]
    labels = np.array([float(case.wanted > 0) for case in cases])
    weight = np.array([case.weight * (WEIGHT_OF_BEREFT if case.bereft else 1.0) for case in cases])
    group = np.array([case.group for case in cases])

    def fitted(chosen: NDArray[np.intp]) -> Fitted:
        return fit_logistic(table_of([rows[i] for i in chosen.tolist()]), labels[chosen], weight[chosen], RIDGE_QUESTION)

    probability = np.empty(len(cases))
    for one in np.unique(group):
        inside = np.flatnonzero(group == one)
        probability[inside] = as_model(fitted(np.flatnonzero(group != one))).probability(table_of([rows[i] for i in inside.tolist()]))
    whole = fitted(np.arange(len(cases)))
    whole["threshold"] = float(np.quantile(probability[labels > 0], FALSE_ABSTENTION).round(4))
    return whole


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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clusters", type=Path)
    parser.add_argument("questions", nargs="*", type=Path, help="judged questions on the papers that ship")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        cases, sentences = cases_of_clusters(parts(load_clusters(given.clusters))[0], Path(home))
        if given.questions:
            assistant = Assistant()
            papers = list(assistant.index.all_papers())
            queries = [query for file in given.questions for query in load_queries(file, papers)]
            cases += cases_of_queries(assistant, queries, 1 + max(case.group for case in cases))
    fits = {"papers": fit_papers(cases), "answerable": fit_answerable(cases, out_of_fold(cases)), "sentences": fit_sentences(sentences)}
    for name, fitted in fits.items():
        (given.out / f"{name}.json").write_text(json.dumps(fitted) + "\n", "utf-8")
        print(f"{name}: {len(fitted['names'])} features")


if __name__ == "__main__":
    main()
