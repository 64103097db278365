"""Fixtures: a data folder of its own for every test, and one shared, read-only assistant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Config, load_config

_SETTINGS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh PAPERCHAT_HOME; no setting of the machine reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("PAPERCHAT_") or name in _SETTINGS:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("PAPERCHAT_HOME", str(folder))
    return folder


@pytest.fixture
def config(home: Path) -> Config:
    """Settings of this test's data folder."""
    return load_config()


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The papers that ship, indexed once. Tests must not write to it."""
    yield Assistant(load_config(home=tmp_path_factory.mktemp("shared-home")))
