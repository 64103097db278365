"""The pages that ship, cleaning, and the readers' manners with bad input."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import CorpusError, Paper, merge, paper_id_for, read, read_page, shipped, title_key, unique
from corpus.clean import clean

RECORDS = {"000": 43, "001": 41, "002": 237, "003": 45, "004": 33}
DATED = {"000": 41, "001": 40, "002": 0, "003": 41, "004": 31}


@pytest.fixture(scope="module")
def records() -> dict[str, list[Paper]]:
    return {page.name[:3]: list(read_page(page)) for page in shipped()}


@pytest.fixture(scope="module")
def papers(records: dict[str, list[Paper]]) -> list[Paper]:
    return unique(paper for page in records.values() for paper in page)


def test_every_record_of_every_page_is_read(records: dict[str, list[Paper]]) -> None:
    assert {page: len(found) for page, found in records.items()} == RECORDS
    assert {page: sum(p.published is not None for p in found) for page, found in records.items()} == DATED


def test_copies_are_merged_and_what_either_knew_is_kept(papers: list[Paper], records: dict[str, list[Paper]]) -> None:
    assert len(papers) == 372
    assert sum(p.published is not None for p in papers) == 137
    assert sum(p.author_count is not None for p in papers) == 131
    assert sum(p.organisation is not None for p in papers) == 6
    known = {p.paper_id: p for p in papers}
    for copies in records.values():
        for copy in copies:
            paper = known[copy.paper_id]
            assert set(copy.sources) <= set(paper.sources)
            assert copy.published in (None, paper.published)
            assert copy.author_count in (None, paper.author_count)


def test_the_one_paper_whose_copies_differ_keeps_the_longer_abstract(records: dict[str, list[Paper]], papers: list[Paper]) -> None:
    abstracts: dict[str, set[str]] = {}
    for page in records.values():
        for paper in page:
            abstracts.setdefault(paper.title, set()).add(paper.abstract)
    differing = {title for title, texts in abstracts.items() if len(texts) > 1}
    assert differing == {"FuseChat: Knowledge Fusion of Chat Models"}
    kept = next(p for p in papers if p.title in differing)
    assert kept.abstract == max(abstracts[kept.title], key=len)


def test_dates_without_a_year_are_of_2025_and_comment_counts_are_no_dates(records: dict[str, list[Paper]]) -> None:
    by_title = {p.title: p for page in records.values() for p in page}
    assert by_title["REFRAG: Rethinking RAG based Decoding"].published == "2025-08-31"
    assert (
        by_title["Vision Remember: Alleviating Visual Forgetting in Efficient MLLM with Vision Feature Resample"].published == "2025-06-04"
    )
    assert by_title["Compressing LLMs: The Truth is Rarely Pure and Never Simple"].published == "2023-10-02"
    years = {p.published[:4] for p in by_title.values() if p.published}
    assert max(years) == "2025"


def test_organisations_are_shown_by_their_display_name(papers: list[Paper]) -> None:
    names = {p.organisation for p in papers if p.organisation}
    assert {"NVIDIA", "Deepmind", "Microsoft", "FuriosaAI", "Parameter Lab"} <= names


def test_code_links_are_collected_without_trailing_punctuation(papers: list[Paper], records: dict[str, list[Paper]]) -> None:
    abstracts: dict[str, str] = {}
    for page in records.values():
        for copy in page:
            abstracts[copy.title] = abstracts.get(copy.title, "") + copy.abstract
    with_code = [p for p in papers if p.code_urls]
    assert len(with_code) > 80
    for paper in with_code:
        for url in paper.code_urls:
            assert url in abstracts[paper.title]
            assert not url.endswith((".", ",", ")"))


def test_no_markup_is_left_in_what_ships(papers: list[Paper]) -> None:
    for paper in papers:
        text = f"{paper.title} {paper.abstract}"
        assert not re.search(r"\\[a-zA-Z%&]|textit\{|\$\^|\dtimes\b|\bsim\d", text), text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"a 7\% gain", "a 7% gain"),
        ("6.94times faster", "6.94× faster"),
        (r"by sim7\% after", "by ~7% after"),
        (r"critical \textit{O}bstacles", "critical Obstacles"),
        ("textit{O}bstacles", "Obstacles"),
        ("S$^{2}$FT: Efficient", "S²FT: Efficient"),
        (r"na\"ive and T\'yr and Rozi\`ere", "naïve and Týr and Rozière"),
        ("costs $120, or $1,000 in all", "costs $120, or $1,000 in all"),
        (r"\textless2MB of memory", "<2MB of memory"),
        (r"our \mname, which", "our mname, which"),
        ("https://a.io/{https://a.io/} end", "https://a.io/ end"),
        ("zero\u200bwidth and\u202e turned", "zerowidth and turned"),
        ("one\x00two\ttabs", "one two tabs"),
        ("100% of 50% off % signs", "100% of 50% off % signs"),
        ("with K geq 4 and u mapsto y", "with K ≥4 and u ↦ y"),
        ("at https://a.io/Long-otimes-Short now", "at https://a.io/Long-otimes-Short now"),
    ],
)
def test_markup_becomes_plain_text(raw: str, shown: str) -> None:
    assert clean(raw) == shown
    assert clean(shown) == shown


WORDS = st.lists(st.from_regex(r"[A-Za-z]{2,9}|[0-9]{1,4}", fullmatch=True), min_size=1, max_size=12)
MARKUP = st.sampled_from(
    ["{w}", r"\textit{{{w}}}", r"\textbf{{{w}}}", "textit{{{w}}}", r"{w}\%", "$^{{{w}}}$", r"\emph{{{w}}}", "{{{w}}}", "({w})", r"\& {w}"]
)


@given(WORDS, st.data())
def test_cleaning_loses_no_word(words: list[str], data: st.DataObject) -> None:
    raw = " ".join(data.draw(MARKUP).format(w=word) for word in words)
    plain = clean(raw).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
    for word in words:
        kept = word.removesuffix("times") if re.fullmatch(r"\d+times", word) else word
        assert kept in plain or kept in ("sim", "times"), (raw, plain)


@given(st.text(max_size=300))
def test_cleaning_any_text_ends_in_one_clean_line(text: str) -> None:
    plain = clean(text)
    assert not re.search(r"[\x00-\x1f\x7f\u200b\u202e]", plain)
    assert plain == plain.strip()


def test_ids_and_keys_do_not_depend_on_case_and_punctuation() -> None:
    assert paper_id_for("A Paper: On Things!") == paper_id_for("a paper - on THINGS")
    assert title_key("S$^{2}$FT: Efficient") == "s 2 ft efficient"
    assert paper_id_for("论文") != paper_id_for("纸")


def test_merging_unites_what_two_copies_know() -> None:
    first = Paper("x", "T", "short", published="2025-01", sources=("a",), code_urls=("https://github.com/a/b",))
    second = Paper("y", "T", "longer text", published="2025-01-09", organisation="NVIDIA", author_count=3, sources=("b",))
    both = merge(first, second)
    assert (both.paper_id, both.abstract, both.published, both.organisation, both.author_count) == (
        "x",
        "longer text",
        "2025-01-09",
        "NVIDIA",
        3,
    )
    assert both.sources == ("a", "b")


# --- JSONL and bad input


def _jsonl(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_jsonl_with_all_that_it_may_hold(tmp_path: Path) -> None:
    record = {
        "id": "arxiv:1",
        "title": "T",
        "abstract": r"A 5\% gain, https://github.com/x/y.",
        "authors": ["A B", "C D"],
        "published": "2024-05-06",
        "url": "https://e.org/1",
        "organisation": "Org",
    }
    (paper,) = read(_jsonl(tmp_path / "p.jsonl", json.dumps(record)))
    assert paper == Paper(
        "arxiv:1",
        "T",
        "A 5% gain, https://github.com/x/y.",
        "2024-05-06",
        "Org",
        2,
        ("A B", "C D"),
        "https://e.org/1",
        ("https://github.com/x/y",),
        ("p.jsonl",),
    )


def test_a_malformed_record_is_reported_with_file_and_line_and_the_rest_kept(tmp_path: Path) -> None:
    good = json.dumps({"title": "Good", "abstract": "Text."})
    path = _jsonl(
        tmp_path / "p.jsonl",
        good,
        "{not json",
        '{"title": "No abstract"}',
        "[1]",
        '{"title": 3, "abstract": "x"}',
        '{"title": "D", "abstract": "x", "published": "soon"}',
        good.replace("Good", "Last"),
    )
    faults: list[CorpusError] = []
    papers = list(read(path, faults.append))
    assert [(p.title, p.published) for p in papers] == [("Good", None), ("D", None), ("Last", None)]
    assert [(f.source, f.line) for f in faults] == [("p.jsonl", n) for n in (2, 3, 4, 5)]
    assert "abstract" in faults[1].reason


def test_a_link_that_is_no_web_link_is_dropped(tmp_path: Path) -> None:
    record = {"title": "T", "abstract": "A.", "url": "javascript:alert(1)", "code_urls": ["javascript:x", "https://github.com/a/b"]}
    (paper,) = read(_jsonl(tmp_path / "p.jsonl", json.dumps(record)))
    assert paper.url is None and paper.code_urls == ("https://github.com/a/b",)


def test_gzip_is_read_and_a_damaged_one_named(tmp_path: Path) -> None:
    good = tmp_path / "p.jsonl.gz"
    good.write_bytes(gzip.compress(b'{"title": "T", "abstract": "A."}\n'))
    assert [p.title for p in read(good)] == ["T"]
    bad = tmp_path / "bad.jsonl.gz"
    bad.write_bytes(good.read_bytes()[:-12])
    with pytest.raises(CorpusError, match=r"bad\.jsonl\.gz"):
        list(read(bad))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.txt", b"", "empty"),
        ("page.txt", b"\x00\x01\x02binary", "binary"),
        ("page.txt", "A caf\xe9".encode("latin-1"), "not a saved listing page"),
        ("page.txt", b"just some text\nwithout a header\n", "not a saved listing page"),
        ("missing.txt", None, "no such file"),
    ],
)
def test_a_file_that_is_no_page_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError, match=reason):
        list(read(path))


def test_a_folder_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="directory"):
        list(read(tmp_path))


def test_a_page_record_without_an_abstract_is_reported_and_the_rest_kept(tmp_path: Path) -> None:
    whole = "A long enough abstract that says what was done and what came of it."
    path = tmp_path / "page.txt"
    path.write_text(
        f"Daily Papers\n\nbyAK\n\nDec 12\n\nFirst\n\n{whole}\n\nSecond\n\nShort.\n\nThird\n\n{whole}\n\n  • 2 authors\n·\nJun 4 3\n"
    )
    faults: list[CorpusError] = []
    papers = list(read(path, faults.append))
    assert "First" in [p.title for p in papers]
    assert papers[-1].title == "Third" and papers[-1].author_count == 2 and papers[-1].published == "2025-06-04"
    assert faults and all(f.line for f in faults)
