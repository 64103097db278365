"""Two programs timed in turns, a few seconds each, so that other load on the machine meets both alike.

A program says `ready` on its own line, waits for a line, works, and says `done`; while one
works the other is stopped (SIGSTOP). Counted is the time that each was at work.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

Figures = dict[str, float]
_TURN_SECONDS = 4.0


def ready() -> None:
    """Called by a program that is about to begin what is timed."""
    print("ready", flush=True)
    sys.stdin.readline()


def done() -> None:
    """Called by a program that has done what is timed."""
    print("done", flush=True)


def _line(process: "subprocess.Popen[bytes]", seconds: float) -> str | None:
    """The next line that a program says, if it says one in that time."""
    assert process.stdout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            return None
    return process.stdout.readline().decode().strip()


def _all(pid: int) -> list[int]:
    """The process and those that it started (Linux)."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    started = path.read_text().split() if path.exists() else []
    return [pid, *(other for child in started for other in _all(int(child)))]


def _signal(pid: int, number: signal.Signals) -> None:
    for process in _all(pid):
        os.kill(process, number)


def in_turns(commands: Sequence[Sequence[str]]) -> list[Figures]:
    """Run them; the figures that each prints as JSON on its last line, with `seconds`, the time it was at work."""
    programs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) for command in commands]
    for program in programs:
        while (said := _line(program, 600)) != "ready":
            assert said is not None and program.poll() is None, commands
        _signal(program.pid, signal.SIGSTOP)
        assert program.stdin
        program.stdin.write(b"\n")
    worked = [0.0] * len(programs)
    at_work = list(range(len(programs)))
    while at_work:
        for number in list(at_work):
            began = time.perf_counter()
            _signal(programs[number].pid, signal.SIGCONT)
            said = _line(programs[number], _TURN_SECONDS)
            worked[number] += time.perf_counter() - began
            if said == "done":
                at_work.remove(number)
            else:
                assert said is None, said
                _signal(programs[number].pid, signal.SIGSTOP)
    return [json.loads(_last(program)) | {"seconds": seconds} for program, seconds in zip(programs, worked, strict=True)]


def _last(program: "subprocess.Popen[bytes]") -> bytes:
    assert program.stdout
    lines = program.stdout.read().strip().splitlines()
    program.wait()
    return lines[-1]
