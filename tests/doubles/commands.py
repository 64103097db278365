"""`paperchat` in processes of its own, forked off one that has imported everything: real processes, without the wait for their imports."""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import rag.assistant  # noqa: F401 (imported once, in the fork server, as the next two are)
import ui.cli
import ui.slack.serve

ROOT = Path(__file__).parents[2]


def _run(out: Path, err: Path, arguments: tuple[str, ...], environment: Mapping[str, str], cwd: Path) -> None:
    os.chdir(cwd)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["paperchat", *arguments]
    ui.cli.main()


class Command:
    """A run of `paperchat ARGUMENTS`, in the checkout or the folder `cwd`; what it prints goes to files in a folder."""

    def __init__(self, folder: Path, *arguments: str, environment: Mapping[str, str], cwd: Path = ROOT) -> None:
        folder.mkdir(parents=True)
        self._out, self._err = folder / "out", folder / "err"
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.doubles.commands", "tests.doubles.killing"])  # one server forks for both
        self._process = context.Process(target=_run, args=(self._out, self._err, arguments, dict(environment), cwd))
        self._process.start()

    def signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def ended(self, seconds: float) -> tuple[int | None, str, str]:
        """Its exit status once it has ended, None where it goes on all the same; and what it printed on stdout and stderr."""
        self._process.join(seconds)
        return self._process.exitcode, *(path.read_text() if path.exists() else "" for path in (self._out, self._err))


def paperchat(*arguments: str, environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> "CompletedProcess[str]":
    """A run to its end; where none is given, in this process's environment."""
    with tempfile.TemporaryDirectory() as folder:
        command = Command(Path(folder) / "run", *arguments, environment=os.environ if environment is None else environment, cwd=cwd)
        code, out, err = command.ended(170)
    assert code is not None, "it goes on after three minutes"
    return CompletedProcess(arguments, code, out, err)
