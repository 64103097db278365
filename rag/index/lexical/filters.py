"""Filters as tantivy queries."""

import tantivy
from tantivy import FieldType, Occur, Query

from rag.filters import Filters, first_day, last_day
from rag.text import asked_terms, folded, names_asked


def _between(schema: tantivy.Schema, field: str, low: int | None, high: int | None) -> Query:
    return Query.range_query(schema, field, FieldType.Integer, low, high)


def filter_queries(schema: tantivy.Schema, analyzer: tantivy.TextAnalyzer, filters: Filters) -> list[Query]:
    """One query a filter; a paper without the field passes none on that field."""
    queries: list[Query] = []
    if filters.since:
        queries.append(_between(schema, "first_day", first_day(filters.since), None))
    if filters.until:
        queries.append(_between(schema, "last_day", None, last_day(filters.until)))
    if filters.min_authors is not None or filters.max_authors is not None:
        queries.append(_between(schema, "author_count", filters.min_authors, filters.max_authors))
    if filters.source:
        queries.append(Query.term_query(schema, "source", filters.source, "basic"))
    if filters.organisation:
        queries.append(_organisation(schema, analyzer, filters.organisation))
    if filters.author:
        queries.append(_author(schema, filters.author))
    if filters.venue:
        queries.append(_organisation(schema, analyzer, filters.venue, "venue"))
    return queries


def organisations(names: str) -> list[str]:
    """The organisations of a filter, several given as `NVIDIA or DeepMind`: any of them will do."""
    return names.split(" or ")


def organisation_words(analyzer: tantivy.TextAnalyzer, names: str) -> list[list[str]]:
    """The words of each organisation that has some; all of one must be there."""
    return [words for name in organisations(names) if (words := analyzer.analyze(folded(name)))]


def _author(schema: tantivy.Schema, names: str) -> Query:
    """Papers of any of the authors named."""
    terms = dict.fromkeys(term for name in names_asked(names) for term in asked_terms(name))
    return Query.term_set_query(schema, "author", list(terms)) if terms else Query.empty_query()


def _organisation(schema: tantivy.Schema, analyzer: tantivy.TextAnalyzer, names: str, field: str = "organisation") -> Query:
    either = []
    for words in organisation_words(analyzer, names):
        held = [(Occur.Must, Query.term_query(schema, field, word, "basic")) for word in words]
        either.append((Occur.Should, Query.boolean_query(held)))
    return Query.boolean_query(either) if either else Query.empty_query()
