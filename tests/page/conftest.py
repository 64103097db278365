"""Fixtures of the page's tests without a browser."""

from pathlib import Path

import pytest

from rag import Assistant
from ui.page.feedback import Feedback
from ui.page.handlers import Chat
from ui.topics import Cartographer


@pytest.fixture
def chat(assistant: Assistant, tmp_path: Path) -> Chat:
    return Chat(lambda: assistant, Feedback(tmp_path / "feedback.sqlite"), True, Cartographer(tmp_path / "map.json"))
