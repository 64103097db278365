"""A library as people name it: folders, patterns, standard input, a PDF, DOIs, Zotero; abstracts that are looked up; watching."""

import io
import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from corpus import CorpusError, Paper, Sites
from corpus.gather import gather
from corpus.online.abstracts import abstracts_of
from corpus.readers.formats import read_jsonl
from corpus.readers.records import checked
from rag import Assistant, Config, Filters, load_config
from tests.corpus.test_online import Parameters, Site, _feed
from tests.doubles.commands import paperchat
from ui.cli.app import app

ABSTRACT = "We prune gadgets with snorgleware and lose nothing."
BIB = """@article{one, title={Snorgleware pruning of gadgets}, author={Doe, Jane}, journal={Journal of Gadgets}, year={2020}, abstract={ABSTRACT}}
@article{two, title={Title of a paper without more}, author={Kočiský, Tomáš and Doe, J.}, year={2021}}
""".replace("ABSTRACT", ABSTRACT)


def gathered(*items: Any, sites: Sites | None = None) -> tuple[list[Paper], list[str], list[str]]:
    refused: list[CorpusError] = []
    notes: list[str] = []
    papers = list(gather(items, refused.append, sites or Sites(), note=notes.append))
    return papers, [str(error) for error in refused], notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of several kinds, in a folder and one in it."""
    place = tmp_path / "library"
    (place / "inner").mkdir(parents=True)
    (place / "a.bib").write_text(BIB)
    (place / "inner" / "b.ris").write_text(f"TY  - JOUR\nTI  - Grault nets\nAB  - {ABSTRACT}\nER  - \n")
    (place / "inner" / "photo.png").write_bytes(b"\x89PNG")
    (place / ".hidden.bib").write_text(BIB.replace("Snorgleware", "Hidden"))
    return place


def test_a_folder_is_read_with_the_folders_in_it(folder: Path) -> None:
    papers, refused, notes = gathered(str(folder))
    assert [paper.title for paper in papers] == ["Snorgleware pruning of gadgets", "Title of a paper without more", "Grault nets"]
    assert not refused and "1 file of other kinds left out" in notes[0]
    assert [paper.title_only for paper in papers] == [False, True, False]


def test_a_pattern_names_files(folder: Path) -> None:
    assert [paper.title for paper in gathered(f"{folder}/**/*.ris")[0]] == ["Grault nets"]
    assert "no file fits this pattern" in gathered(f"{folder}/*.nothing")[1][0]


def test_standard_input_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (BIB.encode(), BIB.encode("utf-16")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        papers, refused, _ = gathered("-")
        assert [paper.authors for paper in papers] == [("Jane Doe",), ("Tomáš Kočiský", "J. Doe")] and not refused


def test_an_address_of_neither_says_so() -> None:
    assert "neither an arXiv paper nor a DOI" in gathered("https://example.org/paper")[1][0]


# --- a PDF


def pdf(lines: list[tuple[int, str]]) -> bytes:
    """A PDF of one page, with each line in letters of its size."""
    text, at = "", 780
    for size, line in lines:
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        text += f"BT /F1 {size} Tf 50 {at} Td ({escaped}) Tj ET\n"
        at -= size + 4
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Root 1 0 R /Size {len(objects) + 1} >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out.encode("latin-1")


PAGE = [
    (9, "arXiv:2406.01234v2 [cs.CL] 3 Jun 2024"),
    (18, "Gadget Decoding at Scale:"),
    (18, "The Snorgleware Way"),
    (10, "Jane Doe, Rita Roe"),
    (11, "Abstract"),
    (10, "We speed up the decoding of small gadgets threefold, on every machine that we"),
    (10, "tried, and the quality of what they make does not change at all with our me-"),
    (10, "thod."),
    (11, "1 Introduction"),
    (10, "Gadgets are everywhere. This is no part of the abstract."),
]


def test_a_pdf_gives_title_and_abstract(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf(PAGE))
    [paper], refused, _ = gathered(path)
    assert (paper.paper_id, paper.title) == ("arxiv:2406.01234", "Gadget Decoding at Scale: The Snorgleware Way")
    assert paper.abstract.startswith("We speed up") and paper.abstract.endswith("with our method.") and not refused


def test_a_pdf_that_cannot_be_told_says_so(tmp_path: Path) -> None:
    for name, data, reason in (("scan.pdf", pdf([]), "no text in this PDF"), ("broken.pdf", b"%PDF-1.4\nnothing", "cannot be read")):
        path = tmp_path / name
        path.write_bytes(data)
        papers, [refused], _ = gathered(path)
        assert not papers and reason in refused


def test_a_pdf_without_an_abstract_is_held_by_its_title(tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf([PAGE[1], *[line for line in PAGE[5:8] if line[1] != "Abstract"], PAGE[9], PAGE[9]]))
    [paper], _, _ = gathered(path)
    assert paper.title_only and paper.title == "Gadget Decoding at Scale:"


# --- services, on loopback

WORK = {
    "doi": "https://doi.org/10.1000/jg.7", "title": "Gadget works", "publication_year": 2023, "authorships": [{"author": {"display_name": "Jane Doe"}}],
    "abstract_inverted_index": {"We": [0], "decode": [1], "gadgets.": [2]}, "primary_location": {"source": {"display_name": "Journal of Gadgets"}},
}  # fmt: skip
BARE = {**WORK, "doi": "https://doi.org/10.1000/bare", "title": "Bare work", "abstract_inverted_index": None}
TITLED = {**WORK, "doi": "https://doi.org/10.1000/two", "title": "Title of a paper, without more", "publication_year": 2021,
          "authorships": [{"author": {"display_name": "Tomas Kočiský"}}]}  # fmt: skip


def _works(path: str, parameters: Parameters) -> tuple[int, str]:
    """OpenAlex and Crossref at once: the one by `doi:`, the other by the bare DOI."""
    name = unquote(path.removeprefix("/works/"))
    if path == "/works":
        return 200, json.dumps({"results": [{**TITLED, "authorships": [{"author": {"display_name": "Ann Other"}}]}, TITLED]})
    for work in (WORK, BARE):
        if name == str(work["doi"]).replace("https://doi.org/", "doi:"):
            return 200, json.dumps(work)
    if name == "10.1000/bare":
        found = {
            "DOI": name,
            "title": ["Bare work"],
            "abstract": "<jats:title>Abstract</jats:title><jats:p>We have one.</jats:p>",
            "type": "x",
        }
        return 200, json.dumps({"message": found})
    return 404, "Not found"


@pytest.fixture
def works() -> Iterator[Site]:
    with Site(_works) as site:
        yield site


def test_dois_come_from_openalex_and_crossref(works: Site) -> None:
    sites = Sites(openalex=works.url, crossref=works.url)
    papers, refused, _ = gathered("10.1000/jg.7", "https://doi.org/10.1000/BARE", "doi:10.1000/none", sites=sites)
    assert [(paper.paper_id, paper.abstract) for paper in papers] == [
        ("doi:10.1000/jg.7", "We decode gadgets."),
        ("doi:10.1000/bare", "We have one."),
    ]
    assert (papers[0].venue, papers[0].authors, papers[0].sources) == ("Journal of Gadgets", ("Jane Doe",), ("OpenAlex",))
    assert len(refused) == 1 and "no paper doi:10.1000/none" in refused[0]


def test_a_doi_of_arxiv_is_asked_at_arxiv() -> None:
    with Site(lambda path, parameters: (200, _feed(["2406.01234"], 1))) as arxiv:
        [paper], _, _ = gathered("https://doi.org/10.48550/arXiv.2406.01234", sites=Sites(arxiv=arxiv.url))
    assert paper.paper_id == "arxiv:2406.01234" and arxiv.asked[0]["id_list"] == "2406.01234"


def test_a_service_that_is_silent_is_one_line() -> None:
    papers, [refused], _ = gathered("10.1000/a", "10.1000/b", sites=Sites(openalex="http://127.0.0.1:9", crossref="http://127.0.0.1:9"))
    assert not papers and "does not answer" in refused


def _wanted() -> list[Paper]:
    return [
        Paper("doi:10.1000/jg.7", "Gadget works", ""),
        Paper("two", "Title of a paper without more", "", "2021", authors=("Tomáš Kočiský",)),
        Paper("arxiv:2406.00007", "Seventh", "", citation_key="seventh"),
        Paper("full", "Has one", "An abstract."),
    ]


def test_abstracts_are_looked_up_by_doi_title_and_arxiv_id(works: Site) -> None:
    with Site(lambda path, parameters: (200, _feed([i for i in parameters.get("id_list", "").split(",") if i], 1))) as arxiv:
        sites, refused = Sites(arxiv.url, works.url, works.url), list[CorpusError]()
        found = {paper.paper_id: paper for paper in abstracts_of(_wanted(), refused.append, sites, pause=0)}
    assert found.keys() == {"doi:10.1000/jg.7", "two", "arxiv:2406.00007"} and not refused
    assert found["two"].aliases == ("doi:10.1000/two",) and found["two"].authors == ("Tomáš Kočiský",)
    assert found["arxiv:2406.00007"].citation_key == "seventh" and "We gain 7%" in found["arxiv:2406.00007"].abstract


def test_a_title_alone_is_not_enough_where_year_or_authors_differ(works: Site) -> None:
    other = Paper("x", "Title of a paper without more", "", "1999", authors=("Tomáš Kočiský",))
    with Site(lambda path, parameters: (200, _feed([], 0))) as arxiv:
        assert not list(abstracts_of([other], pytest.fail, Sites(arxiv.url, works.url, works.url), pause=0))


def test_services_that_are_silent_are_told_once_each() -> None:
    nowhere, refused = "http://127.0.0.1:9", list[CorpusError]()
    assert not list(abstracts_of(_wanted(), refused.append, Sites(nowhere, nowhere, nowhere), pause=0))
    assert 1 <= len(refused) <= 3 and all("does not answer" in error.reason for error in refused)


ITEM: dict[str, Any] = {
    "itemType": "journalArticle",
    "title": "From Zotero",
    "abstractNote": ABSTRACT,
    "creators": [],
    "date": "2020",
    "key": "A",
}


def _zotero(path: str, parameters: Parameters) -> tuple[int, str]:
    if path.endswith("/collections"):
        return 200, json.dumps([{"key": "K1", "data": {"key": "K1", "name": "Gadgets"}}])
    size = 3 if "K1" in path else 130
    items = [{"key": str(n), "data": {**ITEM, "title": f"From Zotero {n}"}} for n in range(size)]
    items += [
        {"key": "att", "data": {"itemType": "attachment", "title": "a.pdf"}},
        {"key": "bare", "data": {**ITEM, "abstractNote": "", "title": "Bare item"}},
    ]
    start, limit = int(parameters["start"]), int(parameters["limit"])
    return 200, json.dumps(items[start : start + limit])


def test_zotero_library_and_collection() -> None:
    with Site(_zotero) as zotero:
        sites = Sites(zotero=zotero.url)
        papers, refused, _ = gathered("zotero:", sites=sites)
        assert len(papers) == 131 and not refused and papers[-1].title_only
        papers, _, _ = gathered("zotero:gadgets", sites=sites)
        assert len(papers) == 4 and papers[0].sources == ("Zotero: gadgets",)
        assert "no collection 'Other'; there are 'Gadgets'" in gathered("zotero:Other", sites=sites)[1][0]
    assert "start Zotero" in gathered("zotero:", sites=Sites(zotero="http://127.0.0.1:9"))[1][0]


# --- in the index


def test_what_has_a_title_only_is_held_counted_and_told_apart(filled: Path, config: Config, folder: Path) -> None:
    own = Assistant(config)
    report = own.add([folder])
    assert (report.added, report.title_only) == (3, 1)
    again = own.add([folder])
    assert (again.unchanged, again.title_only) == (3, 1)
    answer = own.query("papers", filters=Filters(author="Kocisky"))
    assert "(title only: no abstract is held)" in answer.text and answer.citations[0].quote == ""
    whole = Paper("two", "Title of a Paper without more", "Now it has one.", sources=("elsewhere",))
    assert (own.add([whole]).changed, own.add([folder]).title_only) == (1, 0)


def test_authors_are_found_in_any_order_without_accents_and_with_initials(filled: Path, config: Config, folder: Path) -> None:
    own = Assistant(config)
    own.add([folder])

    def titles(**filters: str) -> set[str]:
        return {hit.paper.title.split()[0] for hit in own.search("papers", 10, Filters(**filters))}

    for name in ("Jane Doe", "doe, jane", "Doe J", "J. Doe", "DOE", "Prof. Jane Doe"):
        assert titles(author=name) == {"Snorgleware", "Title"}, name
    for name in ("Tomas Kocisky", "Kočiský", "T. Kocisky"):
        assert titles(author=name) == {"Title"}, name
    assert titles(author="John Doe") == {"Title"} and titles(author="Rita Roe or Kocisky") == {"Title"}
    assert titles(author="Jane Roe") == set() and titles(venue="gadgets") == {"Snorgleware"} and titles(venue="NeurIPS") == set()
    assert own.index.lexical.authored() == 2 and own.index.lexical.authors("j doe") == ["Jane Doe", "J. Doe"]


def test_the_shipped_papers_have_no_author_names(assistant: Assistant) -> None:
    assert assistant.index.lexical.authored() == 0 and not assistant.search("pruning", 5, Filters(author="Doe"))


# --- the command line


def test_the_report_counts_titles_and_notes_and_finds_abstracts(
    filled: Path, tmp_path: Path, works: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENALEX", "CROSSREF", "ARXIV"):
        monkeypatch.setenv(f"PAPERCHAT_{name}_URL", works.url)
    file = tmp_path / "a.bib"
    file.write_bytes(BIB.encode("utf-16"))
    run = CliRunner().invoke
    first = run(app, ["add", str(file)])
    assert "2 added, 0 changed, 0 unchanged, 0 refused" in first.stdout and "1 held by title only" in first.stdout
    assert "UTF-16" in first.stderr
    assert json.loads(run(app, ["stats", "--json"]).stdout)["title_only"] == 1
    assert "1 abstract found" in run(app, ["add", "--fetch-abstracts"]).stdout
    assert "by title only" not in run(app, ["stats"]).stdout
    shown = run(app, ["show", "title of a paper"]).stdout
    assert "We decode gadgets." in shown and "Tomáš Kočiský, J. Doe" in shown and "doi:10.1000/two" in shown
    found = run(app, ["search", "gadgets", "--author", "kocisky", "--json"])
    assert [hit["paper"]["citation_key"] for hit in json.loads(found.stdout)] == ["two"]


def test_show_by_id_key_title_part_and_number(filled: Path, folder: Path) -> None:
    run = CliRunner().invoke
    run(app, ["add", str(folder)])
    assert run(app, ["ask", "papers on snorgleware"]).exit_code == 0
    for asked in ("one", "1", "Snorgleware pruning of gadgets", "snorgleware PRUNING", "[1]"):
        shown = run(app, ["show", asked])
        assert "Journal of Gadgets" in shown.stdout and ABSTRACT in shown.stdout, asked
    both = paperchat("show", "attention")
    assert both.returncode == 1 and re.search(r"\d+ papers have that in their title", both.stderr)


def test_version_and_both_spellings(filled: Path) -> None:
    run = CliRunner().invoke
    assert re.fullmatch(r"paperchat \d+\.\d+\.\d+\S*\n", run(app, ["--version"]).stdout)
    one, other = (run(app, ["search", "pruning", f"--{name}", "NVIDIA"]).stdout for name in ("organisation", "organization"))
    assert one == other and one


class Watching:
    """`paperchat add --watch` in a process; its lines as they come."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "ui.cli", "add", *arguments, "--watch"]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PAPERCHAT_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line)

    def until(self, words: str) -> str:
        """The next line that holds the words."""
        while True:
            line = self._lines.get(timeout=150)
            if words in line:
                return line

    def __enter__(self) -> "Watching":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.mark.local
def test_a_file_that_changes_is_followed_and_mirrored(tmp_path: Path) -> None:
    file, home = tmp_path / "auto.bib", tmp_path / "home"
    entry = "@article{%s, title={%s gadgets}, abstract={On %s.}}\n"
    file.write_text(entry % ("a", "First", "one") + entry % ("b", "Second", "two"))
    with Watching(home, str(file), "--mirror") as watching:
        watching.until("2 added")
        watching.until("following")
        new = tmp_path / "new"
        new.write_text(entry % ("a", "First", "one and more") + entry % ("c", "Third", "three"))
        new.replace(file)  # as programs save
        assert "1 added, 1 changed, 1 removed" in watching.until("added")
        file.write_text(entry % ("c", "Third", "three") + "@article{d, title={Broken\n")
        assert "0 removed, 1 refused; removals wait" in watching.until("refused")
        file.write_text(entry % ("c", "Third", "three"))
        assert "1 removed" in watching.until("removed")
    held = {paper.title for paper in Assistant(load_config(home=home)).index.all_papers() if "gadgets" in paper.title}
    assert held == {"Third gadgets"}


def test_mirroring_leaves_what_came_from_elsewhere(filled: Path, config: Config, tmp_path: Path) -> None:
    from ui.cli.watch import Follower

    own, file = Assistant(config), tmp_path / "auto.bib"
    shipped = next(own.index.all_papers())
    own.add([Paper("mine", "My own paper", "On mangoes.", sources=("by hand",))])
    file.write_text(f"@article{{a, title={{{shipped.title}}}, abstract={{x}}}}\n@article{{b, title={{My own paper}}, abstract={{On mangoes.}}}}\n"
                    "@article{c, title={Only here}, abstract={y}}\n")  # fmt: skip
    follower = Follower(own, mirror=True, show=False)
    assert follower.take_up(file).report.added == 1
    file.write_text("@article{d, title={Another}, abstract={z}}\n")
    assert follower.take_up(file).removed == 1
    assert own.index.papers(["mine", shipped.paper_id])[0].title == "My own paper" and len(own.index.papers([shipped.paper_id])) == 1


@pytest.mark.parametrize(("arguments", "said"), [
    (["add", "--watch"], "needs the files"), (["add", "nowhere.bib", "--watch"], "none that exists"), (["add", "x", "--mirror"], "--mirror goes with --watch"),
])  # fmt: skip
def test_watching_says_what_it_needs(filled: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2 and said in " ".join(done.stderr.replace("│", " ").split())


# --- what is no file, and names that others chose


def test_what_is_no_file_is_told_at_once_and_the_rest_is_read(filled: Path, config: Config, folder: Path) -> None:
    from ui.cli.watch import Follower

    os.mkfifo(folder / "pipe.jsonl")
    (folder / "inner" / "zero.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "inner" / "s.bib"))
    papers, refused, _ = gathered(str(folder), folder / "pipe.jsonl", f"{folder}/*.jsonl")
    assert len(papers) == 3 and len(refused) == 5 and all("not a regular file" in line for line in refused)
    with pytest.raises(CorpusError, match="not a regular file"):
        list(read_jsonl(folder / "pipe.jsonl"))
    follower = Follower(Assistant(config), mirror=True, show=False)
    assert follower.take_up(folder / "pipe.jsonl").refused == 1


HOSTILE = ["m\x1b]0;pwned\x07", "two\nlines\u202e", "c1\x9b31m", "bytes\udcff"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_file_reaches_a_terminal_raw_and_none_costs_its_papers(filled: Path, tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    (place / f"{name}.jsonl").write_text(json.dumps({"title": f"Zorble {len(name)} gates", "abstract": ABSTRACT}) + "\nbroken\n")
    with zipfile.ZipFile(place / "z.zip", "w") as archive:
        inner = name.encode("utf-8", "replace").decode()
        archive.writestr(f"{inner}.jsonl", json.dumps({"title": f"Zipped {len(name)} gates", "abstract": ABSTRACT}))
        archive.writestr(f"{inner}.bib", "no entry")
    (place / f"{name}.png").write_bytes(b"x")
    runner = CliRunner()
    done = runner.invoke(app, ["add", str(place), str(place / f"{name} missing.jsonl")])
    assert done.exit_code == 0 and "2 added, 0 changed, 0 unchanged, 3 refused" in done.stdout
    runs = [done, runner.invoke(app, ["show", f"Zorble {len(name)}"]), runner.invoke(app, ["stats"])]
    text = "".join(run.output + run.stdout for run in runs)
    assert f" {name[0]}" in text and all(sign == "\n" or sign.isprintable() for sign in text)


@pytest.mark.parametrize(("name", "read"), [
    ("../x.jsonl", "x.jsonl"), ("a/../y.jsonl", "a/y.jsonl"), ("./z.jsonl", "z.jsonl"), ("/abs/w.jsonl", "abs/w.jsonl"), ("..\\v.jsonl", "v.jsonl"),
    (".hid.jsonl", None), (".dir/u.jsonl", None), ("__MACOSX/._t.jsonl", None),
])  # fmt: skip
def test_a_file_of_an_archive_is_read_or_said_to_be_left_out(tmp_path: Path, name: str, read: str | None) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr(name, json.dumps({"title": "Dotted merging", "abstract": ABSTRACT}))
    papers, refused, notes = gathered(tmp_path / "d.zip")
    assert [paper.sources for paper in papers] == ([(f"d.zip/{read}",)] if read else [])
    assert bool(refused) == (read is None)
    assert bool(notes) == name.startswith((".hid", ".dir"))


def test_hidden_files_of_a_folder_are_said_to_be_left_out(folder: Path) -> None:
    assert any("hidden, and left out: .hidden.bib" in line for line in gathered(folder)[2])


def test_a_paper_that_no_index_can_hold_is_counted_and_named(filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Paper("x:1", "Bad", ABSTRACT, sources=("half\ud800",))
    given = [bad, *gathered(folder / "a.bib")[0]]
    monkeypatch.setattr("corpus.gather.gather", lambda items, *rest: iter(given) if items == ["x"] else gather(items, *rest))
    done = CliRunner().invoke(app, ["add", "x"])
    assert "2 added, 0 changed, 0 unchanged, 1 refused" in done.stdout and "half a surrogate pair" in done.stderr


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_not_the_folder_that_one_is_in(name: str) -> None:
    """A variable of the shell that is not set: `paperchat add "$FILES"` would add whatever lies around."""
    refused: list[CorpusError] = []
    assert not list(gather([name], refused.append))
    assert [str(error) for error in refused] == ["'': an empty name; write . for the folder that you are in"]


@pytest.mark.parametrize(
    "head", [b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd\0", b"7z\xbc\xaf\x27\x1c\0", b"Rar!\x1a\7\0", b"a" * 257 + b"ustar\0"]
)
def test_what_is_packed_in_another_way_is_said_to_be(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "papers.packed").write_bytes(head + bytes(range(256)) * 2)
    refused: list[CorpusError] = []
    assert not list(gather([tmp_path / "papers.packed"], refused.append))
    assert str(refused[0]).endswith("packed in a way that is not read (.gz and .zip are); unpack it first")


@pytest.mark.parametrize("url", ["https://arxiv.org@evil.example/abs/1", "http://user:word@host/", "https://a:b@c"])
def test_an_address_that_looks_like_another_sites_is_no_link(tmp_path: Path, url: str) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text(json.dumps({"title": "Snorgleware pruning of gadgets", "abstract": ABSTRACT, "url": url, "code_urls": [url]}))
    [paper] = read_jsonl(file)
    assert paper.url is None and not paper.code_urls


def test_standard_input_that_is_closed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    refused: list[CorpusError] = []
    assert not list(gather(["-"], refused.append))
    assert "nothing is piped in" in str(refused[0])


@pytest.mark.parametrize(
    ("title", "told"), [("Za" + "\u0301" * 3_000 + "lgo", "carry more than 8 marks"), ("long " * 500, "2,499 characters")]
)
def test_a_title_that_would_cover_its_page_is_refused_and_told(title: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.jsonl"
    good = {"title": "Việt Nam", "abstract": "A letter" + "\u0323" * 500 + " carries marks."}
    file.write_text("\n".join(json.dumps(row) for row in ({"title": title, "abstract": "An abstract."}, good)))
    faults: list[str] = []
    (paper,) = gather([file], lambda fault: faults.append(str(fault)))
    assert paper.title == "Việt Nam" and paper.abstract.count("\u0323") <= 8
    assert len(faults) == 1 and told in faults[0] and "line 1" in faults[0]
    with pytest.raises(ValueError, match=told):
        checked(Paper("x", title.strip(), "An abstract."))
