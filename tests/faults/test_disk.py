"""Full and read-only disks, Ctrl-C in the middle, two writers at once: on really mounted small disks and real processes."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag import Index, load_config
from rag.embedding import StaticEmbedder
from tests.doubles.chroma_server import settings
from tests.doubles.commands import Command, paperchat
from tests.doubles.killing import papers

ROOT = Path(__file__).parents[2]
PAPERCHAT = [sys.executable, "-m", "ui.cli"]
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]


def _environment(home: Path) -> dict[str, str]:
    return {"PAPERCHAT_HOME": str(home), "PATH": os.environ["PATH"], **settings()}


def _write_jsonl(path: Path, count: int, edition: str = "first") -> Path:
    path.write_text(
        "".join(json.dumps({"id": p.paper_id, "title": p.title, "abstract": p.abstract}) + "\n" for p in papers(count, edition))
    )
    return path


def _on_small_disk(home: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script in which `home` is a disk of 24 MB, seen by that script only."""
    home.mkdir(exist_ok=True)
    if subprocess.run([*OWN_MOUNTS, f"mount -t tmpfs -o size=1m small {home}"], capture_output=True).returncode:
        pytest.skip("this machine lets a test mount no disk of its own")
    script = f'mount -t tmpfs -o size=24m small {home}\npaperchat() {{ {sys.executable} -m ui.cli "$@"; }}\n{script}'
    return subprocess.run([*OWN_MOUNTS, script], env=_environment(home), capture_output=True, text=True, cwd=ROOT, timeout=120)


@pytest.mark.own_words
def test_a_full_disk_is_one_line_and_what_was_there_stays(tmp_path: Path) -> None:
    few, many = _write_jsonl(tmp_path / "few.jsonl", 300), _write_jsonl(tmp_path / "many.jsonl", 10_000)
    done = _on_small_disk(
        tmp_path / "home",
        f"""paperchat add {few}
        set +e; paperchat add {many} 2> {tmp_path}/refused; echo status $?; set -e
        paperchat list --json > {tmp_path}/held
        paperchat search 'speed up dLLM decoding' -k 1""",
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "300 added" in done.stdout and "status 1" in done.stdout
    refused = (tmp_path / "refused").read_text().strip().splitlines()
    assert len(refused) == 1 and refused[0].startswith("paperchat: ") and "free it" in refused[0], refused
    held = {json.loads(line)["paper_id"] for line in (tmp_path / "held").read_text().splitlines()}
    assert {f"p{i}" for i in range(300)} <= held and len(held) >= 672


@pytest.mark.own_words
@pytest.mark.parametrize(
    "how", ["mount -o remount,ro $home", "dd if=/dev/zero of=$home/full bs=4k 2> /dev/null || true"], ids=["read-only", "full"]
)
def test_a_disk_that_cannot_be_written_is_read(how: str, tmp_path: Path) -> None:
    done = _on_small_disk(
        tmp_path / "home",
        f"""home={tmp_path}/home; paperchat list > /dev/null
        {how}
        paperchat ask 'which papers compress the KV cache?' > {tmp_path}/answer 2> {tmp_path}/told
        set +e; paperchat add {_write_jsonl(tmp_path / "few.jsonl", 3)}; echo status $?""",
    )
    assert "status 1" in done.stdout and "[1]" in (tmp_path / "answer").read_text(), done.stderr
    assert "a copy of it is read" in (tmp_path / "told").read_text()
    assert len(done.stderr.split()) < 80 and "can be read but not changed" in done.stderr and "PAPERCHAT_HOME" in done.stderr, done.stderr


def test_six_first_starts_at_once_all_succeed(home: Path, tmp_path: Path) -> None:
    command = "search", "kv cache compression", "-k", "1"
    started = [Command(tmp_path / str(number), *command, environment=_environment(home)) for number in range(6)]
    ended = [process.ended(170) for process in started]
    assert [code for code, *_ in ended] == [0] * 6, ended
    assert len({out for _, out, _ in ended}) == 1 and not any("Traceback" in told for *_, told in ended)


def test_ctrl_c_keeps_what_is_done_and_running_again_continues(filled: Path, tmp_path: Path) -> None:
    """It is interrupted at the first papers that are seen of thousands, so surely at work."""
    file = _write_jsonl(tmp_path / "whole.jsonl", 25_000)
    index = Index(load_config(home=filled), StaticEmbedder())
    command = subprocess.Popen([*PAPERCHAT, "add", str(file)], env=_environment(filled), stderr=subprocess.PIPE, text=True, cwd=ROOT)
    _wait_for(index, 373)
    command.send_signal(signal.SIGINT)
    _, told = command.communicate(timeout=60)
    assert command.returncode == 130 and "what was done is kept" in told
    index.refresh()
    kept = len(index) - 372
    assert 0 < kept < 25_000
    again = paperchat("add", str(file), "--json", environment=_environment(filled))
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    # a reader may see less than was kept until the next writer has looked
    assert 0 < report["added"] <= 25_000 - kept and report["added"] + report["changed"] + report["unchanged"] == 25_000
    assert Index(load_config(home=filled), StaticEmbedder()).verify() == []


def _wait_for(index: Index, count: int) -> None:
    """Until another process has written so many papers, as a reader sees it."""
    patience = threading.Event()
    for _ in range(600):
        index.refresh()
        if len(index) >= count:
            return
        patience.wait(0.05)
    raise AssertionError(f"there never were {count} papers")


def test_two_writers_at_once_lose_nothing(home: Path, tmp_path: Path) -> None:
    files = [_write_jsonl(tmp_path / "one.jsonl", 900), _write_jsonl(tmp_path / "two.jsonl", 1_200, "second")]
    Index(load_config(home=home), StaticEmbedder())
    commands = [Command(tmp_path / file.stem, "add", str(file), environment=_environment(home)) for file in files]
    for command, file in zip(commands, files, strict=True):
        code, _, told = command.ended(120)
        assert code is not None
        if code:
            assert "another process is writing" in told and len(told.strip().splitlines()) == 1
            retried = paperchat("add", str(file), environment=_environment(home))
            assert retried.returncode == 0, retried.stderr
    index = Index(load_config(home=home), StaticEmbedder())
    assert index.verify() == []
    assert {f"p{i}" for i in range(1_200)} <= {paper.paper_id for paper in index.all_papers()}


@pytest.mark.slow
def test_a_file_of_5_gb_in_one_line_is_refused_in_little_memory(home: Path, tmp_path: Path) -> None:
    """Sparse, so it takes no room on the disk."""
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.truncate(5 * 1024**3)
    peak = (
        "next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))"  # ru_maxrss would count the parent's before the exec
    )
    code = f"from ui.cli.app import main\ntry: main()\nfinally: print({peak})"
    done = subprocess.run(
        [sys.executable, "-c", code, "add", str(path)], env=_environment(home), capture_output=True, text=True, cwd=ROOT, timeout=170
    )
    assert done.returncode == 1 and "longer than" in done.stderr
    assert int(done.stdout.split()[-2]) < 700_000  # kB
