"""What we export, read by pandoc and biber; `pip install pypandoc_binary`, `apt-get install biber`, then `pytest -m programs`."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from corpus import Paper, read_all, shipped, unique
from corpus.writers import written
from tests.corpus.test_bibtex_out import HOSTILE

pytestmark = pytest.mark.programs
HARD = Paper("doi:10.1000/x.1", "Braces \\ and 5 | α-β: “q” & <b>", "Abs % & # _ ~ ^ <b> x", "2024-05-06", None, 3,
             ("Jane van der Berg", "The Low Bit Collective", "José Ñ. O’Neil"), "https://example.org/a_b?c=1&d=2%20", (), ("a.bib",),
             ("arxiv:2406.01234",), "Journal of <X> & Y", ("one", "two"), "k_1")  # fmt: skip


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return [*unique(read_all(shipped())), HOSTILE, HARD]


def _program(name: str) -> str:
    if found := shutil.which(name):
        return found
    pypandoc = pytest.importorskip("pypandoc") if name == "pandoc" else None
    return str(pypandoc.get_pandoc_path()) if pypandoc else pytest.skip(f"no {name} here")


def _words(text: str) -> str:
    """Its letters and digits: pandoc leaves out braces and other signs that BibTeX knows by names."""
    return "".join(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(("kind", "ending"), [("bibtex", ".bib"), ("biblatex", ".bib"), ("ris", ".ris"), ("csljson", ".json")])
def test_pandoc_reads_every_paper(papers: list[Paper], tmp_path: Path, kind: str, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    path.write_text("".join(written(papers, ending)), "utf-8")
    ran = subprocess.run([_program("pandoc"), "-f", kind, "-t", "csljson", str(path)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    items = json.loads(ran.stdout)
    assert [_words(item["title"]) for item in items] == [_words(paper.title) for paper in papers]
    assert [_words(item.get("abstract", "")) for item in items] == [_words(paper.abstract) for paper in papers]
    assert [str(item["issued"]["date-parts"][0][0]) if "issued" in item else None for item in items] == [
        paper.published[:4] if paper.published else None for paper in papers
    ]
    assert [len(item.get("author", ())) for item in items] == [len(paper.authors) for paper in papers]
    assert items[-1]["DOI"] == "10.1000/x.1" and items[-1]["container-title"] == "Journal of <X> & Y"


def test_biber_finds_nothing_amiss(papers: list[Paper], tmp_path: Path) -> None:
    path = tmp_path / "out.bib"
    path.write_text("".join(written(papers, ".bib")), "utf-8")
    ran = subprocess.run([_program("biber"), "--tool", "--validate-datamodel", "--output-file", str(tmp_path / "back.bib"), str(path)],
                         capture_output=True, text=True, timeout=170, cwd=tmp_path)  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    odd = [line for line in ran.stdout.splitlines() if line.startswith(("WARN", "ERROR"))]
    expected = ("Field 'paperchat' invalid in data model", "Missing mandatory field")  # one of ours, left out; dates that nobody knows
    assert [line for line in odd if not any(text in line for text in expected)] == []
    assert (tmp_path / "back.bib").read_text("utf-8").count("\n@") + 1 >= len(papers)
