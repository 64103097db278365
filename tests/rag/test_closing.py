"""What an assistant has open goes when it is closed, and when nobody has it any more: a process may open any number."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag import Assistant, Index, load_config
from rag.embedding import StaticEmbedder
from rag.errors import IndexClosed
from tests.doubles.chroma_server import ChromaServer

QUESTION = "What is FastDraft?"
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def _without_a_search_for_garbage() -> Iterator[None]:
    """What a program opens in a loop must not wait for Python to look for garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _used_in_a_with(home: Path) -> None:
    with Assistant(load_config(home=home)) as assistant:
        assert assistant.search(QUESTION)


def _dropped(home: Path) -> None:
    assert Assistant(load_config(home=home)).search(QUESTION)


@pytest.mark.parametrize("use", [_used_in_a_with, _dropped])
def test_twenty_assistants_one_after_another_leave_no_files_open(filled: Path, tmp_path: Path, use: Callable[[Path], None]) -> None:
    use(filled)  # what is loaded once stays
    before = _open_files()
    with _without_a_search_for_garbage():
        for number in range(20):
            home = tmp_path / f"home{number}"
            home.symlink_to(filled, target_is_directory=True)
            use(home)
        assert _open_files() < before + 40  # each has 17; Chroma's threads close the last ones' a moment later


def test_what_is_asked_after_closing_is_told_so(filled: Path) -> None:
    assistant = Assistant(load_config(home=filled))
    assistant.close()
    assistant.close()
    with pytest.raises(IndexClosed, match="this index was closed; open it again"):
        assistant.query(QUESTION)
    with pytest.raises(IndexClosed):
        assistant.search(QUESTION)


def test_an_index_that_was_handed_over_stays_open(filled: Path) -> None:
    config = load_config(home=filled)
    index = Index(config, StaticEmbedder())
    with Assistant(config, index=index):
        pass
    assert Assistant(config, index=index).search(QUESTION)


@pytest.mark.local
def test_connections_to_a_chroma_server_are_closed(chroma_server: ChromaServer, tmp_path: Path) -> None:
    config = load_config(home=tmp_path / "there", chroma_url=chroma_server.url, chroma_database=chroma_server.new_database())
    Index(config, StaticEmbedder()).close()
    before = _open_files()
    with _without_a_search_for_garbage():
        for _ in range(10):
            Index(config, StaticEmbedder()).close()
        assert _open_files() <= before + 5
