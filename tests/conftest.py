"""Fixtures: a data folder of its own for every test, and one shared, read-only assistant.

With `--chroma-server` the papers of both are kept on a Chroma server, not in the folder; with
`--chroma-cloud` on one that behaves as Chroma Cloud does, and searches words.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the commands do, before NumPy is loaded: its threads wait by spinning

from rag import Assistant, Config, load_config
from tests.doubles.chroma_server import ChromaServer, assistant_with, use
from tests.doubles.cloud import FakeCloud, running
from tests.doubles.homes import with_shelf

_SETTINGS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chroma-server", action="store_true", help="run the suite over a Chroma server, started on loopback")
    parser.addoption("--chroma-cloud", action="store_true", help="run the suite over Chroma Cloud's double on loopback")


_LONGEST = (
    "page/test_browser.py", "page/test_browser_corpus.py", "rag/evaluation/test_evaluate.py", "test_readme.py", "faults/test_disk.py",
    "faults/test_growth.py", "cli/test_cli.py", "rag/understanding/test_conversations.py", "rag/relevance/test_judging.py",
    "faults/test_faults.py", "rag/index/test_server.py", "rag/test_answers.py", "rag/retrieval/test_retriever.py", "rag/index/test_cloud.py",
    "rag/index/test_vector_files.py", "page/test_programs.py", "rag/index/test_damage.py", "slack/test_events.py", "page/test_visitors.py",
    "rag/llm/test_exam.py", "slack/test_faults.py", "mcp/test_server.py", "corpus/test_library.py", "test_layout.py",
)  # fmt: skip
"""Files that take longest, most first: workers begin with them, so that none is left with one in the end."""


def _place(item: pytest.Item) -> int:
    name = item.nodeid.partition("::")[0].removeprefix("tests/")
    return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C is heard by the processes that tests start, even where a shell began the tests in the background, deaf to it.

    pytest-xdist takes files in the order below, and not those with most tests first.
    """
    config.option.loadscopereorder = False
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    cloud = config.getoption("--chroma-cloud")
    skipped = {
        "local": (cloud or config.getoption("--chroma-server"), "about the files of a local index"),
        "own_words": (cloud, "about words and records kept on this machine"),
    }
    for item in items:
        for name, (skip, reason) in skipped.items():
            if skip and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server for the tests that ask for one."""
    running = ChromaServer(tmp_path_factory.mktemp("chroma")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chroma_cloud(chroma_server: ChromaServer) -> Iterator[FakeCloud]:
    """Chroma Cloud's double for the tests that ask for it."""
    with running(chroma_server.url) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def everywhere(request: pytest.FixtureRequest) -> ChromaServer | FakeCloud | None:
    """The server that all tests are to use, if any."""
    if request.config.getoption("--chroma-cloud"):
        cloud: FakeCloud = request.getfixturevalue("chroma_cloud")
        return cloud
    return request.getfixturevalue("chroma_server") if request.config.getoption("--chroma-server") else None


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where shared data folders keep what the reader makes of papers, those of other workers too: it is the same for the same text."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "read"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everywhere: ChromaServer | FakeCloud | None) -> Path:
    """A fresh PAPERCHAT_HOME; no setting of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("PAPERCHAT_") or name in _SETTINGS:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("PAPERCHAT_HOME", str(folder))
    use(monkeypatch, everywhere.settings() if everywhere else {})
    return folder


@pytest.fixture
def config(home: Path) -> Config:
    """Settings of this test's data folder."""
    return load_config()


@pytest.fixture
def elsewhere(config: Config, tmp_path: Path) -> Config:
    """Another machine's settings: the same server, if there is one, and a data folder of its own."""
    return config.model_copy(update={"home": tmp_path / "elsewhere"})


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory, everywhere: ChromaServer | FakeCloud | None, shelf: Path) -> Iterator[Assistant]:
    """The papers that ship, indexed once. Tests must not write to it."""
    folder = with_shelf(tmp_path_factory.mktemp("shared") / "home", shelf)
    with assistant_with(everywhere.settings() if everywhere else {}, folder) as shared:
        yield shared


@pytest.fixture
def filled(assistant: Assistant, home: Path) -> Path:
    """The test's data folder with the papers that ship indexed in it already, and the way to the shelf."""
    shutil.copytree(assistant.config.home, home, symlinks=True, dirs_exist_ok=True)
    return home
