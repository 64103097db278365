"""What is exported is read back equal, runs in no spreadsheet, and other programs read it."""

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from corpus import Paper, read, read_page, shipped, unique
from corpus.readers.records import CorpusError, NoAbstract, TitleOnly, paper_of_record
from corpus.writers import FORMATS, written
from ui.cli.app import app

READ_BACK = [ending for ending in FORMATS if ending != ".md"]


def back(text: str, ending: str, folder: Path) -> list[Paper]:
    """The papers of a file with that text; those of a title only where they stand."""
    path = folder / f"papers{ending}"
    path.write_text(text, "utf-8", newline="")
    titles = list[Paper]()

    def told(error: CorpusError) -> None:
        assert isinstance(error, TitleOnly), error
        titles.append(error.paper)

    return [*read(path, told), *titles]


@pytest.fixture(scope="module")
def all_shipped() -> list[Paper]:
    return unique(paper for page in shipped() for paper in read_page(page))


@pytest.mark.parametrize("ending", READ_BACK)
def test_all_that_ships_is_read_back_equal(all_shipped: list[Paper], ending: str, tmp_path: Path) -> None:
    assert back("".join(written(all_shipped, ending)), ending, tmp_path) == all_shipped


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.text("ab{}\\$%&_^~<>`'\"#!- |.,;@=+\n", max_size=20)
NAME = (
    st.sampled_from(
        ["Jane Doe", "Barnes and Noble", "Doe, Inc.", "Ana de la Cruz", "others", "A; B", "李 明", "Martin King, Jr", "X & Y", "[a]"]
    )
    | TEXT
)
ID = st.sampled_from(
    ["arxiv:2406.01234", "doi:10.1000/a_b", "mine", "a b/c", "10.1000/X{}", "https://doi.org/10.48550/arXiv.2406.00001", "'=x"]
)
RECORD = st.fixed_dictionaries(
    {"title": TEXT.map(lambda text: f"T {text}"), "abstract": TEXT.map(lambda text: f"We {text} study it."), "sources": st.lists(TEXT, min_size=1, max_size=2)},
    optional={
        "id": ID, "aliases": st.lists(ID, max_size=2), "authors": st.lists(NAME, max_size=3).map(tuple), "venue": TEXT, "organisation": TEXT,
        "keywords": st.lists(TEXT, max_size=3), "citation_key": TEXT, "published": st.sampled_from(["2024", "2024-05", "2024-05-03"]),
        "author_count": st.integers(1, 9), "url": st.sampled_from(["https://e.org/a_b?c=1&d=%20", "https://arxiv.org/abs/2406.01234"]),
    },
)  # fmt: skip


def _settled(paper: Paper) -> Paper | None:
    """The paper as every reader makes it; None where cleaning its texts twice gives others than once, as odd remains of mark-up do."""
    try:
        same = paper_of_record({**{name: getattr(paper, name) for name in Paper.__dataclass_fields__}, "id": None}, "")
    except NoAbstract:
        return None
    return paper if same == paper else None


@pytest.mark.parametrize("ending", READ_BACK)
@settings(max_examples=40, deadline=None)
@given(records=st.lists(RECORD, min_size=1, max_size=3))
def test_whatever_was_read_is_read_back_equal(
    ending: str, records: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    papers = [paper for paper in (_settled(paper_of_record(record, "s")) for record in records) if paper]
    if papers:
        assert back("".join(written(papers, ending)), ending, tmp_path_factory.mktemp("back")) == papers


@pytest.mark.parametrize("ending", READ_BACK)
def test_a_title_alone_is_read_back(ending: str, tmp_path: Path) -> None:
    paper = Paper("mine", "Only a title", "", "2020", authors=("Jane Doe",), author_count=1, sources=("s",))
    assert back("".join(written([paper], ending)), ending, tmp_path) == [paper]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'=", "''@"])
def test_no_cell_of_a_table_runs(sign: str, tmp_path: Path) -> None:
    text = f'{sign}HYPERLINK("http://evil")'
    paper = Paper("x", text, text, venue=text, authors=(text,), author_count=1, sources=(text,), keywords=(text,), citation_key=text)
    table = "".join(written([paper], ".csv"))
    cells = next(csv.reader(io.StringIO(table.split("\n", 1)[1])))
    assert not [cell for cell in cells if cell[:1] in "=+-@\uff1d\uff0b\uff0d\uff20" and cell]
    [same] = back(table, ".csv", tmp_path)
    assert (same.title, same.abstract, same.venue) == (text, text, text)


def test_bibtex_for_other_programs(all_shipped: list[Paper]) -> None:
    paper = Paper("arxiv:2406.01234", "BERT and the LLMs of NeurIPS: a {study}", "50% of A & B_c.", "2024-06-03", aliases=("doi:10.1000/x_y",),
                  authors=("Jane Doe", "Barnes and Noble"), venue="J. of X", citation_key="doe2024")  # fmt: skip
    text = "".join(written([paper], ".bib"))
    for words in ("@article{doe2024,", "{BERT} and the {LLMs} of {NeurIPS}", "Jane Doe and {Barnes and Noble}", "eprint = {2406.01234}", "archivePrefix = {arXiv}",
                  r"doi = {10.1000/x\_y}", r"50\% of A \& B\_c."):  # fmt: skip
        assert words in text, words
    keys = [line.split("{")[1] for line in "".join(written(all_shipped, ".bib")).splitlines() if line.startswith("@")]
    assert len({key.lower() for key in keys}) == 372 and keys[5:9] == [
        line.split("{")[1] for line in "".join(written(all_shipped[5:9], ".bib")).splitlines() if line.startswith("@")
    ]


@pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed")
def test_pandoc_reads_the_bibtex(all_shipped: list[Paper]) -> None:
    text = "".join(written(all_shipped, ".bib"))
    done = subprocess.run(["pandoc", "-f", "biblatex", "-t", "csljson"], input=text, capture_output=True, text=True, check=True)
    titles = {item["title"] for item in json.loads(done.stdout)}
    assert len(json.loads(done.stdout)) == 372 and sum("Diffusion" in title for title in titles) > 3


def test_export_writes_what_the_name_says(home: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    for name, begins in (
        ("a.bib", "@"),
        ("a.ris", "TY  - "),
        ("a.csv", "\ufeffpaper_id,"),
        ("a.json", "[\n{"),
        ("a.md", "## "),
        ("a.jsonl", '{"paper_id"'),
    ):
        done = run(app, ["export", str(tmp_path / name)])
        assert "372 papers written" in done.stdout and (tmp_path / name).read_text("utf-8").startswith(begins)
    refused = run(app, ["export", str(tmp_path / "a.docx")])
    assert refused.exit_code == 1 and not (tmp_path / "a.docx").exists()
    assert ".bib, .ris, .csv" in str(refused.exception)
