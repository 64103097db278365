"""BibTeX that other programs read back, whatever a paper's fields hold."""

import bibtexparser
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Paper
from corpus.writers.bibtex import to_bibtex

HOSTILE = Paper(
    "a{b},c",
    "50% of {A} & B_c } \\input{/etc/passwd} é\n@misc{x,",
    "An {abstract @",
    "2025-10-06",
    "AT&T",
    2,
    ("A. B", "C"),
    "https://x.org/a_b?c=1&d=2",
)


def test_fields() -> None:
    (entry,) = bibtexparser.parse_string(to_bibtex([HOSTILE])).entries
    assert (entry.key, entry.entry_type) == ("a-b-c", "misc")
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert fields["author"] == "A. B and C" and fields["year"] == "2025" and fields["month"] == "10"
    assert fields["url"] == "https://x.org/a_b?c=1&d=2" and fields["organization"] == r"AT\&T"
    assert r"{\textbackslash}input{\textbraceleft}" in fields["title"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_no_text_breaks_out_of_its_entry(texts: list[str]) -> None:
    library = bibtexparser.parse_string(to_bibtex(Paper("same", text or "x", text or "y", authors=(text,)) for text in texts))
    assert not library.failed_blocks
    assert len(library.entries) == len(texts) == len({entry.key for entry in library.entries})
    assert {name for entry in library.entries for name in entry.fields_dict} <= {"title", "abstract", "author"}


def test_nothing_cited_is_an_empty_file() -> None:
    assert to_bibtex([]).strip() == ""
