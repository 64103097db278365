"""Readers of CSV, BibTeX, RIS, JSON in its kinds, and archives: what is taken, what is refused and why."""

import gzip
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import CorpusError, Paper, read, read_all
from corpus.readers.records import arxiv_id, known_id
from corpus.readers.streams import Limits

ABSTRACT = "We speed decoding up threefold without any loss of quality."


def read_text(folder: Path, name: str, text: str | bytes, limits: Limits | None = None) -> tuple[list[Paper], list[CorpusError]]:
    """Papers of a file of that name and content, and what was refused."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused: list[CorpusError] = []
    return list(read_all([path], refused.append, limits or Limits())), refused


def test_csv_takes_columns_by_header_and_fields_over_several_lines(tmp_path: Path) -> None:
    text = f'Year,Title,Authors,Abstract,DOI,URL\n2024,"On ""Speed"", again",A B; C D,"{ABSTRACT}\nSecond line.",10.1/X.Y,https://e.org/1\n'
    [paper], refused = read_text(tmp_path, "library.csv", text.replace("10.1/", "10.1234/"))
    assert not refused
    assert paper == Paper(
        "doi:10.1234/x.y",
        'On "Speed", again',
        f"{ABSTRACT} Second line.",
        "2024",
        None,
        2,
        ("A B", "C D"),
        "https://e.org/1",
        (),
        ("library.csv",),
    )


def test_csv_reports_a_bad_row_with_its_line_and_keeps_the_others(tmp_path: Path) -> None:
    papers, refused = read_text(
        tmp_path, "a.csv", f"title,abstract,year\nOne,{ABSTRACT},2020\nTwo,,2021\nThree,{ABSTRACT},soon\nFour,{ABSTRACT},\n"
    )
    assert [(paper.title, paper.published) for paper in papers] == [("One", "2020"), ("Three", None), ("Four", None)]
    assert [(error.line, error.reason) for error in refused] == [(3, "no 'abstract'")]


def test_csv_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    papers, [refused] = read_text(tmp_path, "a.csv", "name,abstract\nx,y\n")
    assert not papers and refused.reason == "the header row has no column 'title'"


def test_csv_quote_that_never_closes_does_not_swallow_the_file(tmp_path: Path) -> None:
    rows = "".join(f"Title {i},{ABSTRACT}\n" for i in range(6_000))
    papers, refused = read_text(tmp_path, "a.csv", f'title,abstract\nOpen,"never closed\n{rows}')
    assert refused and "field larger" in refused[0].reason
    assert papers[-1].title == "Title 5999"


def test_tsv(tmp_path: Path) -> None:
    [paper], _ = read_text(tmp_path, "a.tsv", f"title\tabstract\nOne, two\t{ABSTRACT}\n")
    assert paper.title == "One, two"


BIBTEX = r"""
This text stands between entries and is a comment.
@string{acl = "Proceedings of ACL"}
@inproceedings{smith2024,
  title = {{LLM}s that \emph{Speak} {\"O}ffen}, author = {Smith, Jane and de la Cruz, Ana and others},
  booktitle = acl, year = 2024, month = may, abstract = {Gains of 7\% {over} the best.}, eprint = {2405.01234}, archivePrefix = {arXiv}
}
@article{nothing, title = {No abstract here}, year = {2020}}
@article{broken, title = {Unclosed, abstract = {x}
@article{doe, title = "Quoted", author = "John Doe", abstract = "Also read.", date = {2021-03-04}, doi = {10.1145/ABC.1}}
"""


def test_bibtex_entries_and_their_errors(tmp_path: Path) -> None:
    papers, refused = read_text(tmp_path, "refs.bib", BIBTEX)
    assert papers == [
        Paper("arxiv:2405.01234", "LLMs that Speak Öffen", "Gains of 7% over the best.", "2024-05", None, 2,
              ("Jane Smith", "Ana de la Cruz"), "https://arxiv.org/abs/2405.01234", (), ("refs.bib",), (), "Proceedings of ACL", (), "smith2024"),
        Paper("doi:10.1145/abc.1", "Quoted", "Also read.", "2021-03-04", None, 1,
              ("John Doe",), "https://doi.org/10.1145/abc.1", (), ("refs.bib",), citation_key="doe"),
    ]  # fmt: skip
    assert [(error.line, error.reason.split(":")[0]) for error in refused] == [(8, "no 'abstract'"), (9, "not a complete BibTeX entry")]


RIS = """TY  - JOUR
TI  - A study of caches
AU  - Smith, Jane
AU  - Doe, John
PY  - 2024/05/17/
AB  - We cache keys and values
and reuse them.
DO  - 10.1000/Cache
UR  - https://e.org/cache
ER  -

TY  - CONF
T1  - No abstract
ER  -
TY  - CONF
T1  - Last, without its end
N2  - An abstract of its own.
DA  - 2023/13
"""


def test_ris_records_and_their_errors(tmp_path: Path) -> None:
    papers, [refused] = read_text(tmp_path, "library.ris", RIS.replace("\n", "\r\n"))
    assert papers == [
        Paper("doi:10.1000/cache", "A study of caches", "We cache keys and values and reuse them.", "2024-05-17", None, 2,
              ("Jane Smith", "John Doe"), "https://e.org/cache", (), ("library.ris",)),
        Paper(papers[1].paper_id, "Last, without its end", "An abstract of its own.", "2023", sources=("library.ris",)),
    ]  # fmt: skip
    assert (refused.line, refused.reason) == (12, "no 'abstract'")


def test_text_named_ris_is_refused(tmp_path: Path) -> None:
    papers, [refused] = read_text(tmp_path, "a.ris", "just words\n")
    assert not papers and "TY  - " in refused.reason


SNAPSHOT = {
    "id": "0704.0001", "submitter": "X", "authors": "C. Bal\\'azs, E. L. Berger", "title": "Calculation of prompt\n  diphotons",
    "categories": "hep-ph", "abstract": "  A fully differential\ncalculation.\n", "update_date": "2008-11-26",
    "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
                 {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}],
    "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr"]],
}  # fmt: skip


def test_arxiv_snapshot_as_it_is_downloaded_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("arxiv-metadata-oai-snapshot.json", json.dumps(SNAPSHOT) + "\n")
        archive.writestr("__MACOSX/._notes", b"\0")
    assert list(read(path)) == [
        Paper("arxiv:0704.0001", "Calculation of prompt diphotons", "A fully differential calculation.", "2007-04-02", None, 2,
              ("C. Balázs", "E. L. Berger Jr"), "https://arxiv.org/abs/0704.0001", (), ("archive.zip/arxiv-metadata-oai-snapshot.json",)),
    ]  # fmt: skip


def test_one_bad_file_of_a_zip_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.png", b"\x89PNG\0\0")
        archive.writestr("good.jsonl", json.dumps({"title": "Good", "abstract": ABSTRACT}))
    refused: list[CorpusError] = []
    assert [paper.title for paper in read_all([path], refused.append)] == ["Good"]
    assert [error.source for error in refused] == ["a.zip/photo.png"]


def test_one_percent_of_bad_records_costs_only_those(tmp_path: Path) -> None:
    lines = [json.dumps({"title": f"Paper {i}", "abstract": ABSTRACT}) if i % 100 else '{"title": ' for i in range(1_000)]
    papers, refused = read_text(tmp_path, "a.jsonl.gz", gzip.compress("\n".join(lines).encode()))
    assert len(papers) == 990
    assert [error.line for error in refused] == list(range(1, 1_001, 100))


@pytest.mark.parametrize("name", ["a.csv", "a.bib", "a.ris", "a.txt", "a.json"])
def test_a_binary_file_is_refused(tmp_path: Path, name: str) -> None:
    papers, refused = read_text(tmp_path, name, bytes(range(256)) * 40)
    assert not papers and refused


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.bib", "a.ris", "a.txt"])
def test_a_line_over_the_limit_is_never_held(tmp_path: Path, name: str) -> None:
    """Sparse, so it takes no room; what is held stays near the limit and not the file's size."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(60_000_000)
    limits, refused = Limits(record=100_000, whole=1_000_000), list[CorpusError]()
    tracemalloc.start()
    assert not list(read_all([path], refused.append, limits))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused and "longer than" in refused[0].reason
    assert peak < 10_000_000


def test_records_after_an_overlong_line_are_read(tmp_path: Path) -> None:
    good = json.dumps({"title": "Good", "abstract": ABSTRACT})
    papers, [refused] = read_text(tmp_path, "a.jsonl", f"{'x' * 5_000}\n{good}\n", Limits(record=1_000))
    assert [paper.title for paper in papers] == ["Good"] and refused.line == 1


def _bomb(folder: Path, suffix: str) -> Path:
    zeros, path = bytes(4_000_000), folder / f"bomb.jsonl{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.jsonl", zeros)
    return path


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, suffix: str) -> None:
    refused: list[CorpusError] = []
    assert not list(read_all([_bomb(tmp_path, suffix)], refused.append, Limits(unpacked=1_000_000)))
    assert "unpacks to over 200 times its size" in refused[-1].reason


@pytest.mark.parametrize("packed_twice", [False, True])
def test_an_archive_of_many_files_may_unpack_to_no_more_than_one(tmp_path: Path, packed_twice: bool) -> None:
    """Each within its own limit: the sum counts, in archives within it, too. What was read before is kept."""
    record = json.dumps({"title": "Good", "abstract": ABSTRACT}).encode() + b"\n"
    with zipfile.ZipFile(tmp_path / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            content = record + b" " * 500_000 + b"\n"
            archive.writestr(f"{number:02}.jsonl" + ".gz" * packed_twice, gzip.compress(content) if packed_twice else content)
    refused: list[CorpusError] = []
    limits = Limits(unpacked=2_000_000, ratio=1, record=10_000_000)
    papers = list(read_all([tmp_path / "many.zip"], refused.append, limits))
    assert 2 <= len(papers) <= 4
    assert len(refused) <= 2 and {str(error).partition(" over")[0] for error in refused} == {"many.zip: unpacks to"}


def test_a_citation_without_end_is_told_and_read_past(tmp_path: Path) -> None:
    def cited(number: int, title: str, text: str) -> str:
        return f"{number}. J Gadgets. 2023 Jun 19;7:1-9.\n\n{title}.\n\nDoe J(1), Roe R.\n\n{text}\n\nPMID: {number}\n\n\n"

    text = cited(1, "First", ABSTRACT) + cited(2, "Endless", f"{ABSTRACT}\n" * 400) + cited(3, "Third", ABSTRACT)
    papers, refused = read_text(tmp_path, "pubmed.txt", text, Limits(record=10_000))
    assert [paper.title for paper in papers] == ["First", "Third"]
    assert [error.reason for error in refused] == ["the record is longer than 10,000 bytes"]


def test_where_names_stand_in_braces_a_note_in_the_text_is_none(tmp_path: Path) -> None:
    text = "{Reference Type}: Journal Article\n{Title}: Leap\n{Author}: Ann Lee\n{Abstract}: Leap decodes.\nNote: it is fast.\nURL: none.\n{Year}: 2024\n\n"
    papers, refused = read_text(tmp_path, "notes.txt", text * 2)
    assert papers[0].abstract == "Leap decodes. Note: it is fast. URL: none." and papers[0].published == "2024" and not refused


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.zip"])
def test_damaged_archives_are_refused(tmp_path: Path, name: str) -> None:
    whole = gzip.compress(b'{"title": "A", "abstract": "b"}\n' * 1_000)
    for damaged in (b"no archive", whole[: len(whole) // 2]):
        refused = read_text(tmp_path, name, damaged)[1]
        assert refused and "archive" in refused[-1].reason


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def records(count: int) -> Iterator[str]:
        return (json.dumps({"title": f"Paper {i}", "abstract": ABSTRACT * 10}) for i in range(count))

    def peak(count: int) -> int:
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(records(count)))
        tracemalloc.start()
        assert sum(1 for _ in read(path)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)
    assert peak(8_000) < peak(1_000) + 500_000


@pytest.mark.parametrize(
    "text",
    ["arxiv:2406.01234", "arXiv:2406.01234v3", "https://arxiv.org/abs/2406.01234", "http://arxiv.org/pdf/2406.01234v2.pdf",
     "10.48550/arXiv.2406.01234", "https://doi.org/10.48550/arXiv.2406.01234", "https://huggingface.co/papers/2406.01234"],
)  # fmt: skip
def test_every_spelling_of_an_arxiv_id_is_one_id(text: str) -> None:
    assert arxiv_id(text) == known_id(text) == "arxiv:2406.01234"


def test_other_ids_stay_as_they_are() -> None:
    assert [known_id(text) for text in ("acl:2020.acl-main.1", "4983", "", None, "a/b c", 17)] == [
        "acl:2020.acl-main.1",
        "4983",
        None,
        None,
        "a/b c",
        "17",
    ]
    assert known_id("", "https://doi.org/10.1145/ABC") == "doi:10.1145/abc"
    assert arxiv_id("arxiv:hep-th/9901001v2") == "arxiv:hep-th/9901001"
    assert arxiv_id("2406.01234") == "arxiv:2406.01234" and arxiv_id("2413.01234") is None


def test_markup_that_lacks_its_arguments_costs_no_record(tmp_path: Path) -> None:
    abstract = r"Code at \\href{https://github.com/x/y}{this link}, \\frac, \\sqrt and \\footnote here."
    [paper], refused = read_text(tmp_path, "a.jsonl", f'{{"title": "T", "abstract": "{abstract}"}}')
    assert not refused
    assert paper.code_urls == ("https://github.com/x/y",)
    assert all(word in paper.abstract for word in ("this link", "frac", "sqrt", "footnote"))


@pytest.mark.parametrize(("published", "told"), [("2025-02-31", "2025-02"), ("0000", None), ("2025-13", "2025"), ("yesterday", None)])
def test_of_a_date_that_no_calendar_has_the_sound_part_is_kept(tmp_path: Path, published: str, told: str | None) -> None:
    [paper], refused = read_text(tmp_path, "a.jsonl", json.dumps({"title": "T", "abstract": ABSTRACT, "published": published}))
    assert not refused and paper.published == told


def test_half_a_surrogate_pair_is_dropped(tmp_path: Path) -> None:
    [paper], _ = read_text(tmp_path, "a.jsonl", '{"title": "A \\ud83d paper", "abstract": "Its \\udc00abstract."}')
    assert (paper.title, paper.abstract) == ("A paper", "Its abstract.")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("laughs.yaml", "references:\n- a: &a [x, x]\n" + "".join(f"  {n}: &{n} [*{p}, *{p}, *{p}, *{p}]\n" for p, n in zip("abcdefghijk", "bcdefghijkl", strict=True)), "repeats"),
        ("number.json", '[{"title": "A", "abstract": "B", "year": ' + "1" * 5_000 + "}]", "not JSON"),
        ("codec.xml", "<?xml version='1.0' encoding='zip'?><x/>", "encoding"),
        ("deep.xml", "<mods>" + "<a>" * 200, "nested"),
    ],
)  # fmt: skip
def test_a_file_made_to_do_harm_is_refused_in_one_line(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CorpusError, match=why):
        list(read(tmp_path / name))


def test_a_record_nested_too_deeply_costs_itself_alone(tmp_path: Path) -> None:
    deep = '{"author": ' * 1_000 + "1" + "}" * 1_000
    (tmp_path / "x.jsonl").write_text(f'{{"title": "A", "abstract": "B", "authors": [{deep}]}}\n{{"title": "C", "abstract": "D"}}\n')
    faults: list[CorpusError] = []
    assert [paper.title for paper in read(tmp_path / "x.jsonl", faults.append)] == ["C"]
    assert len(faults) == 1
