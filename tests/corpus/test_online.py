"""Papers over the network: arXiv's Atom feed and Hugging Face's daily papers, from servers on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from corpus import CorpusError, Paper, read
from corpus.online.arxiv import papers_by_id, papers_by_query
from corpus.online.huggingface import daily_papers
from rag import load_config
from rag.assistant import Assistant
from ui.cli.app import app

Parameters = dict[str, str]


class Site:
    """A web server whose answers a function makes: (path, parameters) -> (status, body)."""

    def __init__(self, answer: Callable[[str, Parameters], tuple[int, str]]) -> None:
        self.asked: list[Parameters] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
                site.asked.append(parameters)
                status, body = answer(url.path, parameters)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _entry(number: str) -> str:
    return f"""<entry><id>http://arxiv.org/abs/{number}v2</id><updated>2024-07-01T00:00:00Z</updated><published>2024-06-03T10:00:00Z</published>
    <title>Paper {number}:\n  A $S^2$ title</title><summary>  We gain 7\\% over\n the best.  </summary><author><name>Ana B</name></author>
    <author><name>Carl D</name></author><link href="http://arxiv.org/abs/{number}v2" rel="alternate" type="text/html"/></entry>"""


def _feed(numbers: list[str], total: int) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"
    xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:totalResults>{total}</opensearch:totalResults>
    <opensearch:startIndex>0</opensearch:startIndex><opensearch:itemsPerPage>500</opensearch:itemsPerPage>{"".join(map(_entry, numbers))}</feed>"""


def _arxiv(path: str, parameters: Parameters) -> tuple[int, str]:
    if ids := parameters.get("id_list"):
        known = [number for number in ids.split(",") if number != "2406.99999"]
        return 200, _feed(known, len(known))
    start, count = int(parameters["start"]), int(parameters["max_results"])
    numbers = [f"2406.{i:05}" for i in range(1_200)][start : start + count]
    return 200, _feed(numbers, 1_200)


@pytest.fixture
def arxiv_site() -> Iterator[Site]:
    with Site(_arxiv) as site:
        yield site


def test_arxiv_papers_by_id(arxiv_site: Site) -> None:
    refused: list[CorpusError] = []
    [paper] = papers_by_id(["arxiv:2406.01234", "arxiv:2406.99999"], refused.append, arxiv_site.url, pause=0)
    assert paper == Paper("arxiv:2406.01234", "Paper 2406.01234: A S² title", "We gain 7% over the best.", "2024-06-03", None, 2,
                          ("Ana B", "Carl D"), "https://arxiv.org/abs/2406.01234", (), ("arXiv",))  # fmt: skip
    assert [error.reason for error in refused] == ["no paper arxiv:2406.99999"]


def test_an_arxiv_query_is_paged_and_limited(arxiv_site: Site) -> None:
    found = list(papers_by_query("cat:cs.CL AND abs:diffusion", pytest.fail, "2025-10-01", 1_100, arxiv_site.url, pause=0))
    assert [paper.paper_id for paper in found] == [f"arxiv:2406.{i:05}" for i in range(1_100)]
    assert [asked["start"] for asked in arxiv_site.asked] == ["0", "500", "1000"]
    assert arxiv_site.asked[0]["search_query"] == "(cat:cs.CL AND abs:diffusion) AND submittedDate:[202510010000 TO 299912312359]"
    assert (arxiv_site.asked[0]["sortBy"], arxiv_site.asked[0]["sortOrder"]) == ("submittedDate", "descending")


def test_arxiv_faults_are_one_line() -> None:
    with pytest.raises(CorpusError, match="YYYY-MM-DD"):
        papers_by_query("x", pytest.fail, "October", 1)
    with Site(lambda path, parameters: (400, "bad query")) as site, pytest.raises(CorpusError, match="status 400"):
        list(papers_by_query("x:((", pytest.fail, api=site.url, pause=0))
    with pytest.raises(CorpusError, match="does not answer"):
        list(papers_by_id(["arxiv:2406.01234"], pytest.fail, "http://127.0.0.1:9", pause=0))


def _daily(number: int) -> dict[str, object]:
    return {
        "paper": {"id": f"2510.{number:05}", "title": f"Daily {number}", "summary": "A summary of it.", "publishedAt": "2025-10-02T00:00:00.000Z",
                  "authors": [{"name": "Ana B", "hidden": False}, {"name": "Carl D"}], "upvotes": 3, "githubRepo": "https://github.com/x/y",
                  "organization": {"name": "nvidia", "fullname": "NVIDIA"}},
        "numComments": 2,
    }  # fmt: skip


def _hugging_face(path: str, parameters: Parameters) -> tuple[int, str]:
    if path != "/api/daily_papers" or parameters["date"] > "2026":
        return 400, "{}"
    records = [_daily(i) for i in range(130)] + [{"paper": {"id": "2510.99999", "title": "No summary"}}]
    page, limit = int(parameters["p"]), int(parameters["limit"])
    return 200, json.dumps(records[page * limit : (page + 1) * limit])


@pytest.fixture
def daily_site() -> Iterator[Site]:
    with Site(_hugging_face) as site:
        yield site


def test_daily_papers_of_a_date(daily_site: Site) -> None:
    refused: list[CorpusError] = []
    found = list(daily_papers("2025-10-02", refused.append, daily_site.url))
    assert len(found) == 130 and len(daily_site.asked) == 2
    assert found[0] == Paper("arxiv:2510.00000", "Daily 0", "A summary of it.", "2025-10-02", "NVIDIA", 2, ("Ana B", "Carl D"),
                             "https://arxiv.org/abs/2510.00000", ("https://github.com/x/y",), ("Hugging Face daily papers",))  # fmt: skip
    assert len(refused) == 1 and "'abstract'" in refused[0].reason


def test_daily_papers_saved_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "daily.json"
    path.write_text(json.dumps([_daily(1), _daily(2)], indent=1))
    assert [paper.paper_id for paper in read(path)] == ["arxiv:2510.00001", "arxiv:2510.00002"]


def test_daily_papers_faults_are_one_line(daily_site: Site) -> None:
    for date, words in (("tomorrow", "YYYY-MM-DD"), ("2027-01-01", "status 400")):
        with pytest.raises(CorpusError, match=words):
            list(daily_papers(date, pytest.fail, daily_site.url))
    with pytest.raises(CorpusError, match="does not answer"):
        list(daily_papers("2025-10-02", pytest.fail, "http://127.0.0.1:9"))
    with Site(lambda path, parameters: (200, "<html>")) as site, pytest.raises(CorpusError, match="not JSON"):
        list(daily_papers("2025-10-02", pytest.fail, site.url))


def test_add_remove_list_export_on_the_command_line(
    filled: Path, tmp_path: Path, arxiv_site: Site, daily_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERCHAT_ARXIV_URL", arxiv_site.url)
    monkeypatch.setenv("PAPERCHAT_HF_URL", daily_site.url)
    csv = tmp_path / "more.csv"
    csv.write_text("title,abstract\nPAPER 2406.01234 - a S2 title!,We gain 7% over the best.\nFrom a table,With an abstract.\nNone,\n")
    run = CliRunner().invoke
    asked = ["add", str(csv), "https://arxiv.org/abs/2406.01234v1", "--arxiv", "cat:cs.CL", "--limit", "3", "--hf-daily", "2025-10-02"]
    first = run(app, asked)
    assert first.exit_code == 0, first.output
    assert "135 added, 0 changed, 1 unchanged, 2 refused" in first.stdout
    assert "skipped: more.csv, line 4: no 'abstract'" in first.stderr
    again = json.loads(run(app, [*asked, "--json"]).stdout)
    assert (again["added"], again["refused"]) == (0, 2)
    assert "1 removed" in run(app, ["remove", "https://arxiv.org/abs/2510.00007"]).stdout
    listed = [json.loads(line) for line in run(app, ["list", "--json"]).stdout.splitlines()]
    assert len(listed) == 372 + 134
    saved = tmp_path / "all.jsonl.gz"
    assert "506 papers written" in run(app, ["export", str(saved)]).stdout
    other = Assistant(load_config(home=tmp_path / "other", chroma_url=None))
    assert other.add(read(saved)).added == 134
    assert {p.paper_id: p for p in other.index.all_papers()} == {p.paper_id: p for p in read(saved)}
    assert "0 added, 0 changed, 506 unchanged, 0 refused" in run(app, ["add", str(saved)]).stdout


def test_adding_nothing_or_what_is_not_there_says_so(filled: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["add"]).exit_code == 2
    missing = run(app, ["add", str(tmp_path / "nowhere.bib")])
    assert missing.exit_code == 1 and "no such file" in missing.stderr
    (tmp_path / "empty").mkdir()
    folder = run(app, ["add", str(tmp_path / "empty")])
    assert folder.exit_code == 1 and "a folder with no file that can be read" in folder.stderr


def test_the_python_api_takes_papers_files_and_arxiv_ids(filled: Path, tmp_path: Path, arxiv_site: Site) -> None:
    csv = tmp_path / "more.csv"
    csv.write_text("title,abstract\nFrom a table,With an abstract.\nNone,\n")
    assistant = Assistant(load_config(arxiv_url=arxiv_site.url))
    report = assistant.add([Paper("mine", "My own paper", "About mangoes."), csv, "arxiv:2406.01234", str(tmp_path / "nowhere.bib")])
    assert (report.added, len(report.failed)) == (3, 2)
    assert report.failed[0] == "more.csv, line 3: no 'abstract'" and "no such file" in report.failed[1]
    assert assistant.search("mangoes", 1)[0].paper.paper_id == "mine"
    ids = tmp_path / "ids.txt"
    ids.write_text("arXiv:2406.00002v3\nhttps://arxiv.org/pdf/2406.00003\nmangoes\n")
    report = assistant.add([ids])
    assert report.added == 2 and report.failed == ("ids.txt, line 3: neither an arXiv id nor a DOI: 'mangoes'",)
