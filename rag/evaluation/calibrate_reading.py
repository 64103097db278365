"""Fits how the reader's opinion and that of the features are weighed, on questions that the reader was not trained on.

    python -m rag.evaluation.calibrate_reading tests/eval/clusters.jsonl.gz tests/eval/more_a.json tests/eval/more_b.json

writes `reading.json` to rag/relevance/weights, or to --out. Of the clusters that `calibrate` fits on, the reader was
trained on all but the last 24: those, the last of --more, and the questions on the papers that ship, are fitted on here.
What the features say of them comes of models that did not see them.
"""

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.calibrate import (
    TWO_SIDES,
    WEIGHTS,
    all_cases,
    fit_answerable,
    fit_papers,
    fit_sentences,
    off_the_topic,
    out_of_fold,
    unjoined,
)
from rag.evaluation.cases import OUTSIDE, Case, SentenceCase
from rag.evaluation.fitting import Fitted, Floats, fit_choice, fit_logistic
from rag.relevance import (
    Logistic,
    Read,
    Reader,
    SentencesRead,
    as_model,
    close_features,
    held_features,
    joined_features,
    outside_features,
    paper_features,
    question_features,
    read_best,
    read_closely,
    reread,
    reread_closely,
    scores_of,
    sentence_features,
    table_of,
)

RIDGE_PAPERS, RIDGE_SENTENCES, RIDGE_QUESTION = 10.0, 0.1, 2.0
LOST, LOST_OUTSIDE = 0.025, 0.01
"""Share of answerable questions that may be lost to each threshold; and to that of `outside`, which comes on top of `held`."""

_FAR = 400
"""Questions on other topics that are read, at random: a reading costs more than a fit."""


Told = tuple[Case, Floats]
"""A case, and of each hit its probability by the features alone."""


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """A case whose best hits were read, and of each hit its probability by features alone, and by all that is known so far."""

    case: Case
    by_features: Floats
    relevance: Floats
    read: Read


def unseen(cases: Sequence[Case], group: int) -> list[Told]:
    """The cases of a group, each hit with its probability by a model that was fitted on the other groups."""
    papers = as_model(fit_papers([case for case in cases if case.group != group]))
    return [(case, papers.probability(case.pool.table)) for case in cases if case.group == group and not case.bereft]


def seen_by(reader: Reader, told: Sequence[Told]) -> list[Seen]:
    """The cases, read: once, for all fits."""
    return [Seen(case, likely, likely, read_best(reader, case.pool, case.text, likely)) for case, likely in told]


def seen_closely(reader: Reader, seen: Sequence[Seen]) -> list[Seen]:
    """The same, the best of what was read then read closely."""
    return [replace(one, read=read_closely(reader, one.case.pool, one.case.text, one.relevance, one.read)) for one in seen]


def weighed(seen: Sequence[Seen], papers: Fitted) -> list[Seen]:
    """The same, with the probabilities that the model `papers` or `papers_closely` gives."""
    fitted = as_model(papers)

    def after(one: Seen) -> Floats:
        again = reread_closely if one.read.close else reread
        return again(one.case.pool, one.relevance, one.read, fitted)

    return [replace(one, relevance=after(one)) for one in seen]


def fit_reading(seen: Sequence[Seen]) -> Fitted:
    """The model `papers` of reading.json, or `papers_closely` where papers were read closely."""
    tables, labels, weights = [], list[Floats](), list[Floats]()
    for one in seen:
        case, at = one.case, one.read.close.at if one.read.close else one.read.at
        kept = case.grades[list(at)] != 1
        table = (close_features if one.read.close else paper_features)(case.pool, one.relevance, one.read)
        tables.append({name: values[kept] for name, values in table.items()})
        labels.append((case.grades[list(at)][kept] == 2).astype(np.float64))
        weights.append(np.full(int(kept.sum()), case.weight))
    table = {name: np.concatenate([one[name] for one in tables]) for name in tables[0]}
    return fit_logistic(table, np.concatenate(labels), np.concatenate(weights), RIDGE_PAPERS)


Features = Callable[[float, Floats, Read, Mapping[str, float]], dict[str, float]]


def _held(likely: float, relevance: Floats, read: Read, _: Mapping[str, float]) -> dict[str, float]:
    return held_features(likely, relevance, read)


def _joined(likely: float, relevance: Floats, read: Read, _: Mapping[str, float]) -> dict[str, float]:
    return joined_features(likely, relevance, read)


def fit_question(seen: Sequence[Seen], before: Logistic, features: Features, lost: float = LOST) -> Fitted:
    """The model `held` of reading.json, is any paper on the topic, `outside`, or `joined`, does any join what the question joins.

    `seen` are answerable questions, and those that it is fitted against, weighed; `before` is the model of the same question by
    features, fitted on other cases, and `features` what is known after reading. Its threshold loses at most a share of the answerable
    questions, on the clusters as on the papers that ship, by models that did not see their index.
    """
    rows = []
    for one in seen:
        told = question_features(one.case.pool, one.by_features)
        rows.append(features(float(before.probability(table_of([told]))[0]), one.relevance, one.read, told))
    table, answerable = table_of(rows), np.array([float(one.case.wanted > 0) for one in seen])
    group = np.array([one.case.group for one in seen])

    def fitted(some: NDArray[np.bool]) -> Fitted:
        return fit_logistic(
            {name: column[some] for name, column in table.items()}, answerable[some], np.ones(int(some.sum())), RIDGE_QUESTION
        )

    probability = np.empty(len(seen))
    for one_group in np.unique(group).tolist():
        inside = group == one_group
        probability[inside] = as_model(fitted(~inside)).probability({name: column[inside] for name, column in table.items()})
    whole = fitted(np.full(len(seen), True))
    weight = np.array([one.case.weight for one in seen])
    kinds = [(answerable > 0) & (weight == kind) for kind in np.unique(weight)]
    whole["threshold"] = float(min(np.quantile(probability[kind], lost) for kind in kinds if kind.any()).round(4))
    noticed = (probability[answerable == 0] < whole["threshold"]).mean()
    print(f"{features.__name__}: {int((answerable == 0).sum())} questions that nothing answers, {noticed:.3f} of them told")
    return whole


def fit_reading_sentences(fitted_on: Sequence[SentenceCase], cases: Sequence[SentenceCase], reader: Reader) -> dict[str, Fitted]:
    """The models `sentences` and `sentences_closely` of reading.json; `fitted_on` are the cases that the features' own may see."""
    by_features = fit_sentences(fitted_on)
    model = as_model(by_features)
    told = []
    for case in cases:
        read = reader.read(case.text, [case.paper]).sentences[0], reader.read_closely(case.text, [case.paper]).sentences[0]
        told.append((scores_of(case.sentences, model, by_features["cues"]), SentencesRead(*read)))
    best = [case.best for case in cases]
    apart = [sentence_features(scores, SentencesRead(read.read)) for scores, read in told]
    return {"sentences": _fit_choice(apart, best), "sentences_closely": _fit_choice([sentence_features(*one) for one in told], best)}


def _fit_choice(rows: Sequence[Mapping[str, Floats]], best: Sequence[int]) -> Fitted:
    """Which sentence of each paper is the best, by the sentences' features."""
    table = {name: np.concatenate([one[name] for one in rows]) for name in rows[0]}
    sizes = [len(one["read"]) for one in rows]
    chosen = np.concatenate([np.asarray(np.arange(size) == at, np.float64) for size, at in zip(sizes, best, strict=True)])
    none = np.zeros((sum(sizes), 0))
    fitted = fit_choice(table, none, np.repeat(np.arange(len(rows)), sizes), chosen, (RIDGE_SENTENCES, 1.0))
    fitted.pop("extra")
    return fitted


Before = tuple[Logistic, Logistic]
"""The models `held` and `joined` by features."""


def before(others: Sequence[Case]) -> Before:
    """What the features say of whole questions, by models that were fitted on the `others`."""
    relevance = out_of_fold(others)
    held, joined = (as_model(fit_answerable(others, relevance, against, LOST)) for against in (off_the_topic, unjoined))
    return held, joined


def of_questions(by_features: Before, near: Sequence[Seen], far: Sequence[Seen]) -> dict[str, Fitted]:
    """The models `held`, `outside` and `joined`; `near` and `far` are weighed."""
    asked = [one for one in near if one.case.wanted and one.case.type != TWO_SIDES]
    missed = [one for one in near if unjoined(one.case)]
    within, outside = ([one for one in far if (one.case.type == OUTSIDE) is beyond] for beyond in (False, True))
    held, joined = by_features
    return {
        "held": fit_question([*asked, *within], held, _held),
        "outside": fit_question([*asked, *outside], held, outside_features, LOST_OUTSIDE),
        "joined": fit_question([*asked, *missed], joined, _joined),
    }


def fit_seen(reader: Reader, by_features: Before, near: Sequence[Seen], far: Sequence[Seen]) -> dict[str, Fitted]:
    """Every model of papers and of whole questions: first of what was read, then of what was read closely."""
    fits = {}
    for suffix in ("", "_closely"):
        if suffix:
            near, far = seen_closely(reader, near), seen_closely(reader, far)
        fits[f"papers{suffix}"] = fit_reading(near)
        near, far = (weighed(some, fits[f"papers{suffix}"]) for some in (near, far))
        fits |= {f"{name}{suffix}": fitted for name, fitted in of_questions(by_features, near, far).items()}
    return fits


def _apart(told: Sequence[Told]) -> tuple[list[Told], list[Told], list[Told]]:
    """Questions on the topic of some papers, on another, and from outside the field."""
    near = [one for one in told if not one[0].far]
    outside = [one for one in told if one[0].type == OUTSIDE]
    return near, [one for one in told if one[0].far and one[0].type != OUTSIDE], outside


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clusters", type=Path)
    parser.add_argument("questions", nargs="*", type=Path, help="judged questions on the papers that ship")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="more judged clusters")
    parser.add_argument("--outside", type=Path, required=True, help="questions from outside the field, one a line")
    parser.add_argument("--seen", type=int, default=5, help="groups of 24 clusters that the reader was trained on, the first")
    parser.add_argument("--spared", type=int, default=8, help="groups of --more that it was not trained on, the last")
    parser.add_argument("--reader", type=Path, default=WEIGHTS, help="folder of the reader's weights")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    reader = Reader.load(given.reader)
    cases, sentences = all_cases(given.clusters, given.more, given.questions, given.outside.read_text("utf-8").splitlines())
    last = max(case.group for case in cases)
    groups = {given.seen, *range(last - given.spared if given.more else last, last + 1)}
    told = [one for group in sorted(groups) for one in unseen(cases, group)]
    others = [case for case in cases if case.group not in groups and case.type != OUTSIDE]  # what features say is learnt without them
    seen, rest = ([s for s in sentences if (s.group not in groups) is early] for early in (True, False))
    near, far, outside = _apart(told)
    some = random.Random(1).sample(far, min(_FAR, len(far))) + outside
    some.sort(key=lambda one: one[0].group)  # so that an index is read once
    near_seen, far_seen = seen_by(reader, near), seen_by(reader, some)
    fits = fit_seen(reader, before(others), near_seen, far_seen) | fit_reading_sentences(seen, rest, reader)
    (given.out / "reading.json").write_text(json.dumps(fits) + "\n", "utf-8")


if __name__ == "__main__":
    main()
