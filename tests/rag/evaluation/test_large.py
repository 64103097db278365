"""The bench over a large index: newcomers' grades change what the first ten papers are worth, and say how much is judged."""

import json

import pytest

from rag.evaluation.evaluate import RANKED_TYPES, JudgedQuery
from tests.bench.large import LARGE, figures, grades_of


def test_a_newcomer_counts_as_it_was_judged() -> None:
    query = JudgedQuery("q", "set", "?", {"known": 2, "neutral": 1})
    ranking = ["new", "off", "known", "unseen"]
    found = figures(ranking, query, {"new": 2, "off": 0}, {"known", "neutral"})
    assert found.precision == pytest.approx(0.2) and found.precision_dev == pytest.approx(0.1)
    assert found.ndcg == pytest.approx((3 + 3 / 2) / (3 + 3 / 1.58496 + 1 / 2), abs=1e-4)
    assert found.ndcg_dev == pytest.approx((3 / 2) / (3 + 1 / 1.58496), abs=1e-4)
    assert found.judged == pytest.approx(0.3)  # a grade of 0 is one; nobody looked at "unseen"


def test_the_grades_are_of_the_ranked_questions_of_dev() -> None:
    dev = json.loads(LARGE.with_name("dev.json").read_text("utf-8"))["queries"]
    large = json.loads(LARGE.read_text("utf-8"))
    assert {(q["id"], q["question"]) for q in large["queries"]} == {(q["id"], q["question"]) for q in dev if q["type"] in RANKED_TYPES}
    grades = grades_of(LARGE)
    assert {grade for of_query in grades.values() for grade in of_query.values()} == {0, 1, 2}
    assert {paper for of_query in grades.values() for paper in of_query} == set(large["titles"])
