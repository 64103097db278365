"""Fixtures: a data folder of its own for every test, and one shared, read-only assistant.

With `--chroma-server` the papers of both are kept on a Chroma server, not in the folder.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Config, load_config
from tests.chroma_server import ChromaServer

_SETTINGS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chroma-server", action="store_true", help="run the suite over a Chroma server, started on loopback")


def pytest_configure() -> None:
    """Ctrl-C is heard by the processes that tests start, even where a shell began the tests in the background, deaf to it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--chroma-server"):
        local = pytest.mark.skip(reason="about the files of a local index")
        for item in items:
            if item.get_closest_marker("local"):
                item.add_marker(local)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server for the tests that ask for one."""
    running = ChromaServer(tmp_path_factory.mktemp("chroma")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def everywhere(request: pytest.FixtureRequest) -> ChromaServer | None:
    """The server that all tests are to use, if any."""
    return request.getfixturevalue("chroma_server") if request.config.getoption("--chroma-server") else None


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everywhere: ChromaServer | None) -> Path:
    """A fresh PAPERCHAT_HOME; no setting of the machine reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("PAPERCHAT_") or name in _SETTINGS:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("PAPERCHAT_HOME", str(folder))
    if everywhere:
        monkeypatch.setenv("PAPERCHAT_CHROMA_URL", everywhere.url)
        monkeypatch.setenv("PAPERCHAT_CHROMA_DATABASE", everywhere.new_database())
    return folder


@pytest.fixture
def config(home: Path) -> Config:
    """Settings of this test's data folder."""
    return load_config()


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory, everywhere: ChromaServer | None) -> Iterator[Assistant]:
    """The papers that ship, indexed once. Tests must not write to it."""
    where = {"chroma_url": everywhere.url, "chroma_database": everywhere.new_database()} if everywhere else {}
    yield Assistant(load_config(home=tmp_path_factory.mktemp("shared-home"), **where))
