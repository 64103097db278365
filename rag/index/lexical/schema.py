"""What the lexical index holds of a paper: tantivy's schema, its analyzer, and one document."""

from hashlib import blake2b

import tantivy

from corpus import Paper, title_key
from rag.errors import QuestionError
from rag.filters import first_day, last_day
from rag.index.records import digest
from rag.text import ANY, folded, name_terms

ANALYZER = "paperchat_en"
LAYOUT = 6
"""Raised with every change of the schema: an index of another layout is rebuilt from Chroma."""

NAME_WORDS = 8
_KEY_CHARACTERS = 200


def analyzer() -> tantivy.TextAnalyzer:
    """Lower case, accents folded, English stems."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(60)).filter(tantivy.Filter.lowercase())
    return builder.filter(tantivy.Filter.ascii_fold()).filter(tantivy.Filter.stemmer("english")).build()


def schema() -> tantivy.Schema:
    """`digest` tells whether a paper is held in just that state; `record` is the paper itself; `row` its place in the forward index."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("paper_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("alias", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("digest", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title_key", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_text_field("organisation", tokenizer_name=ANALYZER, index_option="basic")
    builder.add_text_field("organisation_name", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("author", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("venue", tokenizer_name=ANALYZER, index_option="basic")
    builder.add_text_field("name", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("first_day", indexed=True, fast=True)
    builder.add_integer_field("last_day", indexed=True, fast=True)
    builder.add_integer_field("author_count", indexed=True, fast=True)
    builder.add_unsigned_field("row", fast=True)
    builder.add_bytes_field("record", stored=True, indexed=False)
    return builder.build()


def folded_key(title: str) -> str:
    """The words of a title or text, lower case, one space between them; its first 200 characters."""
    return title_key(folded(title))[:_KEY_CHARACTERS]


def title_term(title: str) -> str:
    """The key by which two spellings of one title (case, punctuation) are the same paper; empty says nothing."""
    key = title_key(folded(title))
    if len(key) <= _KEY_CHARACTERS:
        return key
    return f"{key[:_KEY_CHARACTERS]} {blake2b(key.encode(), digest_size=8).hexdigest()}"


def system_name(title: str) -> str:
    """The name before the colon of a title, as it is indexed (`LocalLeap: ...` -> `localleap`); empty without one."""
    name, colon, _ = title.partition(": ")
    key = folded_key(name)
    return key if colon and len(key.split()) <= NAME_WORDS else ""


def searched_text(paper: Paper) -> str:
    """What of a paper is searched by its words."""
    return folded(f"{paper.title}\n{paper.abstract}")


def document(paper: Paper, record: str, row: int) -> tantivy.Document:
    """The paper, with its words, its record as JSON and its row in the forward index."""
    filled = entry(paper, record, row)
    filled.add_text("text", searched_text(paper))
    filled.add_bytes("record", record.encode())
    return filled


def entry(paper: Paper, record: str, row: int) -> tantivy.Document:
    """The paper as the catalogue knows it: without its words and its record."""
    filled = tantivy.Document()
    filled.add_text("paper_id", paper.paper_id)
    filled.add_text("digest", digest(record))
    filled.add_text("title_key", title_term(paper.title))
    filled.add_unsigned("row", row)
    if name := system_name(paper.title):
        filled.add_text("name", name)
    if paper.organisation:
        filled.add_text("organisation", folded(paper.organisation))
        filled.add_text("organisation_name", folded(paper.organisation)[:100])
    if paper.venue:
        filled.add_text("venue", folded(paper.venue))
    for term in author_terms(paper):
        filled.add_text("author", term)
    for alias in paper.aliases:
        filled.add_text("alias", alias)
    for source in paper.sources:
        filled.add_text("source", source)
    if held := days(paper.published):
        filled.add_integer("first_day", held[0])
        filled.add_integer("last_day", held[1])
    if paper.author_count is not None:
        filled.add_integer("author_count", paper.author_count)
    return filled


def author_terms(paper: Paper) -> set[str]:
    """What the names of its authors are found by."""
    return {ANY}.union(*(name_terms(author) for author in paper.authors)) if paper.authors else set()


def days(published: str | None) -> tuple[int, int] | None:
    """The first and the last day of a date; None for one that the calendar does not have (given through the API): it passes no filter."""
    try:
        return (first_day(published), last_day(published)) if published else None
    except QuestionError:
        return None
