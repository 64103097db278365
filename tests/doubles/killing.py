"""Work that is done in a process of its own, to be killed in the middle of it.

Processes are forked off a server that has imported everything: a moment to kill at is a
moment of the work, not of its imports.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 (imported once, in the fork server)

from corpus import Paper
from rag import Assistant, Index, load_config
from rag.embedding import StaticEmbedder
from rag.index import reindex

WORDS = "graph token layer prompt reward decoder sparse vision policy kernel memory search tree noise label agent".split()


def papers(count: int, edition: str = "first") -> Iterator[Paper]:
    """Papers of made-up text, each like no other."""
    for i in range(count):
        words = " ".join(WORDS[(i * step + step) % len(WORDS)] for step in range(1, 60))
        yield Paper(f"p{i}", f"Paper number {i}", f"The {edition} words of {i}: {words}.", sources=("made-up",))


def build(home: Path, ack: Callable[[int], None]) -> None:
    Assistant(load_config(home=home), progress=ack)


def add(home: Path, ack: Callable[[int], None], count: int, edition: str = "first") -> None:
    Index(load_config(home=home), StaticEmbedder()).sync(papers(count, edition), ack)


def look(home: Path, ack: Callable[[int], None]) -> None:
    embedder = StaticEmbedder()
    assert Index(load_config(home=home), embedder).nearest(embedder.encode_query("Paper number 7"), 10)


def rebuild(home: Path, ack: Callable[[int], None]) -> None:
    reindex(load_config(home=home), StaticEmbedder(), ack)


def _work(started: Any, acks: Path, work: Callable[..., None], home: Path, args: tuple[Any, ...]) -> None:
    """Every acknowledgement is in its file before the work goes on."""
    with acks.open("ab", buffering=0) as file:
        started.set()
        work(home, lambda done: os.write(file.fileno(), b"%d\n" % done), *args)


class Killer:
    """Runs work and kills it (SIGKILL) after a while."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.doubles.commands", "tests.doubles.killing"])  # one server forks for both

    def start(self, work: Callable[..., None], home: Path, *args: Any) -> BaseProcess:
        """A process that is at work."""
        started = self._context.Event()
        process = self._context.Process(target=_work, args=(started, self._folder / "acks", work, home, args))
        process.start()
        assert started.wait(60)
        return process

    def run(self, work: Callable[..., None], home: Path, *args: Any, seconds: float = 120.0) -> tuple[int, float]:
        """Papers acknowledged, and the seconds that it ran: all of its time, or until it was killed."""
        acks = self._folder / "acks"
        acks.unlink(missing_ok=True)
        process = self.start(work, home, *args)
        began = time.monotonic()
        process.join(seconds)
        took = time.monotonic() - began
        process.kill()
        process.join()
        return sum(map(int, acks.read_text().split())), took
