"""Encoding in a process of its own: while Chroma writes it holds Python's lock, and in this process nothing else goes on.

Batches go there and back as pickled files, numbered in order; the pipes hold their numbers
only, so that neither side ever waits for the other to read.
"""

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus import Paper
from rag.embedding import StaticEmbedder, Vectors
from rag.index.child import command
from rag.index.entries import PaperEncoder
from rag.index.lexical.forward import Entries

Encoded = tuple[Vectors, Entries]


class EncodingProcess:
    """Encodes like a PaperEncoder, whose embedder is the one that ships; where the process fails, in this one. Close it.

    Raises OSError where it cannot be started.
    """

    def __init__(self, encoder: PaperEncoder) -> None:
        self._encoder = encoder
        self._folder = TemporaryDirectory(prefix="paperchat-", ignore_cleanup_errors=True)
        self._numbers = count()
        self._process = subprocess.Popen(
            command("rag.index.entries_process", str(encoder.static.folder), self._folder.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # a Ctrl-C is for its parent, which still needs what is under way
        )

    def begin(self, papers: Sequence[Paper]) -> Callable[[], Encoded]:
        """Hand papers over; what is returned waits for them, and is to be called in the same order."""
        number = next(self._numbers)
        try:
            _file(self._folder.name, number, "papers").write_bytes(pickle.dumps(papers, pickle.HIGHEST_PROTOCOL))
            assert self._process.stdin
            self._process.stdin.write(b"%d\n" % number)
        except OSError:
            return lambda: self._encoder.encode(papers)
        return lambda: self._received(number) or self._encoder.encode(papers)

    def _received(self, number: int) -> Encoded | None:
        """What the process made of a batch; None when it is dead."""
        assert self._process.stdout
        if self._process.stdout.readline() != b"%d\n" % number:
            return None
        path = _file(self._folder.name, number, "encoded")
        vectors, rows, data = pickle.loads(path.read_bytes())
        path.unlink()
        return vectors, Entries(rows, data)

    def kill(self) -> None:
        """End the process at once; it holds nothing that could be lost."""
        self._process.kill()

    def close(self) -> None:
        """End the process, and remove what it left."""
        self.kill()
        self._process.communicate()
        self._folder.cleanup()


def _file(folder: str, number: int, what: str) -> Path:
    return Path(folder) / f"{number}.{what}"


def main(weights: str, folder: str) -> None:
    """Serve the parent, until it dies; the folder is then nobody's, and goes. After a fault it stays: the parent still reads there."""
    encoder = PaperEncoder(StaticEmbedder(Path(weights)))
    with suppress(BrokenPipeError):
        for line in sys.stdin:
            _serve(encoder, folder, int(line))
    shutil.rmtree(folder, ignore_errors=True)


def _serve(encoder: PaperEncoder, folder: str, number: int) -> None:
    path = _file(folder, number, "papers")
    vectors, entries = encoder.encode(pickle.loads(path.read_bytes()))
    path.unlink()
    _file(folder, number, "encoded").write_bytes(pickle.dumps((vectors, entries.rows, entries.data), pickle.HIGHEST_PROTOCOL))
    print(number, flush=True)
