"""Every command and every transcript of the READMEs, run as it stands there."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.evaluation.clusters import parts
from tests.doubles.commands import paperchat
from tests.doubles.homes import with_shelf
from tests.doubles.openai import FakeOpenAI

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", *(ROOT / name / "README.md" for name in ("corpus", "rag", "ui", "tests"))]
BLOCKS = [block for path in READMES for block in re.findall(r"^```(\w+)\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)]
NOT_RUN_HERE = re.compile(
    r"^(?:pip install|pytest |paperchat (?:serve|slack|train-embedding)\b|chroma run|ollama|vllm|python -m tests\.)"
    r"|arxiv|--hf-daily"
)
"""Installing is what CI does first; servers, training and network readers have tests of their own."""


def _commands() -> list[str]:
    lines = [line for kind, text in BLOCKS if kind == "sh" for line in text.replace("\\\n", " ").splitlines()]
    commands = [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    return [part for line in commands for part in line.split(" && ") if not NOT_RUN_HERE.search(part) and not part.startswith("export ")]


def _transcripts() -> list[tuple[str, str]]:
    found = []
    for kind, text in BLOCKS:
        if kind == "console":
            command, _, output = text.partition("\n")
            found.append((command.removeprefix("$ "), output))
    return found


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Iterator[dict[str, str]]:
    """An environment in which `paperchat` is this checkout's, with a data folder of its own."""
    home = tmp_path_factory.mktemp("readme")
    tools = home / "bin"
    tools.mkdir()
    for name, arguments in (("paperchat", "-m ui.cli"), ("python", "")):
        script = tools / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
        script.chmod(0o755)
    for data in ("data", "data-transcripts"):
        with_shelf(home / data, shelf)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERCHAT_", "OPENAI_"))}
    yield {
        **clean,
        "PAPERCHAT_HOME": str(home / "data"),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
    }


def _run(command: str, shell: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", "-c", command], env=shell, capture_output=True, text=True, cwd=folder, timeout=170)


def _run_or_forked(command: str, shell: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Most commands need no shell, and a process that has imported everything already."""
    name, *arguments = shlex.split(command)
    plain = name == "paperchat" and not re.search(r"[|<>$&;*]", command)
    return paperchat(*arguments, environment=shell, cwd=folder) if plain else _run(command, shell, folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the files that the README's examples name."""
    work = tmp_path_factory.mktemp("work")
    _few_questions(work / "tests" / "eval")
    (work / "rag" / "relevance" / "weights").mkdir(parents=True)
    (work / "papers.jsonl").write_text('{"title": "A new paper", "abstract": "We propose something new.", "published": "2026-01-02"}\n')
    return work


def _few_questions(eval_folder: Path) -> None:
    """The judged questions that the commands read, cut to a few: that they run is tested here, not what comes."""
    eval_folder.mkdir(parents=True)
    for file in (ROOT / "tests" / "eval").glob("*.json"):
        held = json.loads(file.read_text("utf-8"))
        if isinstance(held, dict) and "queries" in held:
            held["queries"] = held["queries"][::16]
        (eval_folder / file.name).write_text(json.dumps(held), "utf-8")
    with gzip.open(ROOT / "tests" / "eval" / "clusters.jsonl.gz", "rt") as whole, gzip.open(eval_folder / "clusters.jsonl.gz", "wt") as cut:
        clusters = list(map(json.loads, whole))
        measured = parts(clusters)[1][:4]
        for cluster in clusters:
            cluster["questions"] = [q for q in cluster["questions"] if cluster in measured and q["type"] in ("known", "near_miss")]
            wanted = [key for asked in cluster["questions"] for key in asked["relevant"]]
            cluster["docs"] = [paper for number, paper in enumerate(cluster["docs"]) if paper["id"] in wanted or number < 2]
            cut.write(json.dumps(cluster) + "\n")


@pytest.mark.parametrize("command", _commands())
def test_every_command_works(command: str, shell: dict[str, str], folder: Path) -> None:
    with FakeOpenAI() as server:
        settings = {"OPENAI_BASE_URL": server.url} if "doctor" in command else {}
        done = _run_or_forked(command, {**shell, **settings}, folder)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(("command", "output"), _transcripts(), ids=lambda value: str(value)[:40])
def test_every_transcript_is_what_is_printed(command: str, output: str, shell: dict[str, str], folder: Path) -> None:
    done = _run(f"{command} 2>&1", {**shell, "PAPERCHAT_HOME": shell["PAPERCHAT_HOME"] + "-transcripts"}, folder)
    assert done.returncode == 0
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip()
    assert printed == "\n".join(line.rstrip() for line in output.splitlines()).strip()


@pytest.mark.parametrize("code", [text for kind, text in BLOCKS if kind == "python"])
def test_every_python_example_runs(code: str, shell: dict[str, str], folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], env=shell, capture_output=True, text=True, cwd=folder, timeout=170)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", [*READMES, *sorted((ROOT / "rag").glob("*/*/README.md"))], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        file = (path.parent / name) if name else path
        assert file.is_file(), target
        if heading:
            anchors = {
                re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in file.read_text("utf-8").splitlines()
                if line.startswith("#")
            }
            assert heading in anchors, target


def test_the_first_readme_is_short() -> None:
    text = READMES[0].read_text("utf-8")
    prose = re.sub(r"^```console.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    assert text.count("\n") <= 200 and len(prose.split()) <= 1_500


def test_a_built_package_holds_all_that_it_needs(tmp_path: Path) -> None:
    """`pip install .` into an empty folder: the wheel alone answers, far from the checkout."""
    install = "-m pip install -q --no-deps --no-compile --no-build-isolation --target".split()
    subprocess.run([sys.executable, *install, str(tmp_path / "site"), str(ROOT)], check=True, capture_output=True)
    settings = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PAPERCHAT_HOME": str(tmp_path / "home")}
    code = "import rag; print(rag.__file__); print(rag.query('which papers speed up dLLM decoding?').text)"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=settings, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith(str(tmp_path)) and "[4]" in done.stdout, done.stderr


def test_the_table_of_settings_is_the_programs_own() -> None:
    from rag.config import markdown_table

    assert markdown_table() in (ROOT / "rag" / "README.md").read_text("utf-8")
