"""Fixtures of the tests with a model: a scripted server on loopback, and an assistant that asks it."""

from collections.abc import Iterator

import pytest

from rag import Assistant
from tests.doubles.openai import FakeOpenAI
from tests.doubles.scripted import ScriptedModel, titled, with_model


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(titled("speculative", "specul"))) as running:
        yield running


@pytest.fixture
def reader(assistant: Assistant, server: FakeOpenAI) -> Assistant:
    return with_model(assistant, server)
