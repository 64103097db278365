"""The command line as a user runs it: real processes, exit statuses, JSON, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles import commands
from tests.doubles.homes import with_shelf

ROOT = Path(__file__).parents[2]


def paperchat(*arguments: str, home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a data folder of its own."""
    return commands.paperchat(*arguments, environment={**os.environ, "PAPERCHAT_HOME": str(home), "COLUMNS": "100", **settings})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Path:
    """A data folder that the reading commands share."""
    home = with_shelf(tmp_path_factory.mktemp("cli") / "home", shelf)
    assert paperchat("stats", home=home).returncode == 0
    return home


def test_a_fresh_install_answers_with_one_command(tmp_path: Path) -> None:
    environment = {**os.environ, "PAPERCHAT_HOME": str(tmp_path / "new")}
    command = [sys.executable, "-m", "ui.cli", "ask", "which papers speed up dLLM decoding?"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
    assert done.returncode == 0
    assert "Local Determinism Propagation" in done.stdout and "[4]" in done.stdout
    assert "of 372 papers answer" in done.stderr and "no language model is set" in done.stderr


def test_a_bar_shows_the_first_indexing_and_a_repair_and_nothing_else(tmp_path: Path) -> None:
    home, terminal = tmp_path / "new", {"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1"}  # the second for a rich of before 14
    assert "indexing the papers that ship" in paperchat("stats", home=home, **terminal).stderr
    assert paperchat("stats", home=home, **terminal).stderr == ""
    for state in (home / "index").rglob("STATE.json"):
        state.unlink()  # as if another version had written it
    assert "repairing the index" in paperchat("stats", home=home, **terminal).stderr
    assert paperchat("stats", home=home, **terminal).stderr == ""


_LEFT = """
import os, sys, threading, ui.cli
from rag import Assistant
class Told:
    def __del__(self, write=os.write):
        write(2, b"Python took itself apart")
told = Told()
assistant, searched = Assistant(), threading.Semaphore(0)
def work():
    while True:
        assistant.search("kv cache compression", 10)
        searched.release()
for _ in range(8):
    threading.Thread(target=work, daemon=True, name="paperchat-step").start()
for _ in range(8):
    searched.acquire()
sys.argv = ["paperchat", "--version"]
ui.cli.main()
"""


def test_a_process_ends_well_while_an_answer_that_was_left_is_still_worked_on(shared: Path) -> None:
    """Compiled code that comes back while Python takes itself apart crashes, now and then: status 139, or 134."""
    environment = {**os.environ, "PAPERCHAT_HOME": str(shared)}
    done = subprocess.run([sys.executable, "-c", _LEFT], capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
    assert done.returncode == 0 and done.stdout.startswith("paperchat ") and done.stderr == ""


_TWICE = """
import signal
from ui.cli.ending import heed_interrupts
heed_interrupts()
try:
    signal.raise_signal(signal.SIGINT)
finally:
    print("tidying", flush=True)
    signal.raise_signal(signal.SIGINT)
    print("tidied", flush=True)
"""


def test_a_second_interrupt_ends_a_process_at_once_and_without_a_word() -> None:
    """It used to break off what the first was tidying up: "Exception ignored in ...", or death by the signal."""
    done = subprocess.run([sys.executable, "-c", _TWICE], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "tidying\n", "")


_PRINTS = """
import sys
from ui.cli.ending import run
run(lambda: sys.stdout.write("S\N{SUPERSCRIPT TWO}FT\\n" * int(sys.argv[1])))
"""


def test_a_terminal_without_a_sign_gets_another() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", _PRINTS, "1"], capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "S?FT\n", "")


@pytest.mark.parametrize("lines", ["1", "100000"], ids=["told at the end", "told at once"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_to_a_full_disk_is_one_line(lines: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", _PRINTS, lines], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "paperchat: what it prints cannot be written: No space left on device; give it another file or disk\n"


def test_json_has_the_apis_field_names(shared: Path) -> None:
    answer = json.loads(paperchat("ask", "what does LocalLeap do?", "--json", home=shared).stdout)
    assert {"text", "citations", "abstained", "notice", "writer", "coverage", "usage", "account"} <= set(answer)
    assert answer["citations"][0]["number"] == 1
    assert answer["citations"][0]["quote"] in answer["citations"][0]["paper"]["abstract"]
    hits = json.loads(paperchat("search", "LoRA", "-k", "3", "--read", "--json", home=shared).stdout)
    assert len(hits) == 3 and {"score", "paper"} == set(hits[0])


def test_filters_are_options(shared: Path) -> None:
    done = paperchat("search", "language models", "--since", "2025-10", "--json", home=shared)
    found = json.loads(done.stdout)
    assert found and all(hit["paper"]["published"] >= "2025-10" for hit in found)


def test_an_abstention_exits_with_zero(shared: Path) -> None:
    done = paperchat("ask", "papers on music generation with LLMs", home=shared)
    assert done.returncode == 0 and "No paper here mentions" in done.stdout


def test_list_and_stats_tell_what_is_held(shared: Path) -> None:
    lines = paperchat("list", "--json", home=shared).stdout.splitlines()
    assert len(lines) == 372 and {"paper_id", "title", "abstract"} <= set(json.loads(lines[0]))
    held = json.loads(paperchat("stats", "--json", home=shared, OPENAI_API_KEY="sk-very-secret").stdout)
    assert held["papers"] == 372 and held["dated"] == 137 and len(held["sources"]) == 5
    assert held["settings"]["openai_api_key"] == "***" and "sk-very-secret" not in json.dumps(held)


def test_settings_shows_each_with_its_default_and_meaning(shared: Path) -> None:
    done = paperchat("settings", home=shared, OPENAI_API_KEY="sk-very-secret", PAPERCHAT_LLM_RETRIES="5")
    assert done.returncode == 0 and "sk-very-secret" not in done.stdout
    assert (
        "OPENAI_API_KEY = ***" in done.stdout and "PAPERCHAT_LLM_RETRIES = 5   (default: 2)\n    tries after a failed call" in done.stdout
    )
    rows = json.loads(paperchat("settings", "--json", home=shared).stdout)
    assert {"setting": "PAPERCHAT_LLM_RETRIES", "value": "2", "default": "2", "meaning": "tries after a failed call"} in rows


def test_add_reports_keeps_the_good_and_names_the_bad(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "papers.jsonl"
    file.write_text('{"title": "Grault nets", "abstract": "Grault networks are quick."}\n{broken\n')
    done = paperchat("add", str(file), str(tmp_path / "missing.jsonl"), home=home)
    assert done.returncode == 0
    assert "1 added, 0 changed, 0 unchanged, 2 refused" in done.stdout
    assert "papers.jsonl, line 2" in done.stderr and "missing.jsonl" in done.stderr
    assert "Grault" in paperchat("search", "grault", "-k", "1", home=home).stdout
    again = paperchat("add", str(file), "--json", home=home)
    assert json.loads(again.stdout)["unchanged"] == 1


def test_adding_nothing_but_bad_files_fails(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    done = paperchat("add", str(folder), home=tmp_path / "home")
    assert done.returncode == 1 and str(folder) in done.stderr and "no file that can be read" in done.stderr


def test_remove_and_reindex(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paper_id = json.loads(paperchat("list", "--json", home=home).stdout.splitlines()[0])["paper_id"]
    assert "1 removed" in paperchat("remove", paper_id, home=home).stdout
    assert "371 papers indexed" in paperchat("reindex", home=home).stdout
    assert len(paperchat("list", home=home).stdout.splitlines()) == 371


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "said"),
    [
        (["ask", ""], {}, 1, "the question is empty"),
        (["ask", "x" * 10_000], {}, 1, "10,000 characters"),
        (["ask", "LoRA", "--since", "soon"], {}, 1, "'soon' is not a date"),
        (["ask", "LoRA"], {"PAPERCHAT_EMBED_MODEL": "word2vec"}, 1, "PAPERCHAT_EMBED_MODEL"),
        (["ask", "LoRA"], {"PAPERCHAT_LLM_TIMEOUT": "soon"}, 1, "PAPERCHAT_LLM_TIMEOUT"),
        (["ask", "LoRA"], {"PAPERCHAT_HOME": "/proc/nowhere"}, 1, "PAPERCHAT_HOME"),
        (["evaluate", "no\x1b[31msuch"], {}, 1, "no\\x1b[31msuch"),
        (["ask"], {}, 2, "question"),
        (["nonsense"], {}, 2, "nonsense"),
        (["evaluate"], {}, 2, "FILE"),
        (["evaluate", "missing.json"], {}, 1, "missing.json"),
    ],
)
def test_what_is_wrong_is_said_and_exits_as_documented(
    shared: Path, arguments: list[str], settings: dict[str, str], status: int, said: str
) -> None:
    home = Path(settings.pop("PAPERCHAT_HOME", str(shared)))
    done = paperchat(*arguments, home=home, **settings)
    assert done.returncode == status, done.stderr
    assert said.lower() in done.stderr.lower()
    if status == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_help_teaches_and_every_command_has_it(shared: Path) -> None:
    top = paperchat("--help", home=shared)
    assert top.returncode == 0 and "which papers speed up dLLM decoding" in top.stdout
    for command in ("ask", "search", "add", "remove", "list", "stats", "evaluate", "reindex"):
        assert command in top.stdout
        assert paperchat(command, "--help", home=shared).returncode == 0


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import sys; sys.argv=['paperchat','--help']; import ui.cli.app\ntry: ui.cli.app.main()\nexcept SystemExit: pass",
            ("chromadb", "gradio", "llama_index", "numpy", "openai", "tantivy"),
        ),
        ("import rag; rag.query('LoRA')", ("llama_index", "gradio", "openai", "torch")),
        ("import rag", ("chromadb", "numpy", "pydantic", "tantivy")),
    ],
)
def test_heavy_packages_are_imported_only_where_they_are_used(shared: Path, code: str, absent: tuple[str, ...]) -> None:
    check = f"{code}\nimport sys\nprint([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PAPERCHAT_HOME": str(shared)}
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
