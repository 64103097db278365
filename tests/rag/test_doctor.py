"""`paperchat doctor`: what it finds, and what it says to do."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Index, load_config
from rag.doctor import Finding, examine
from rag.embedding import StaticEmbedder
from rag.index import reindex
from tests.doubles.commands import paperchat
from tests.doubles.killing import papers
from tests.doubles.openai import MODEL, FakeOpenAI, Reply

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(lambda request: '{"ok": true}') as running:
        yield running


def found(**settings: object) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(load_config(llm_retries=0, **settings))}


def _where(assistant: Assistant) -> dict[str, object]:
    """Where an assistant's papers are."""
    key = assistant.config.chroma_api_key
    where = {name: getattr(assistant.config, name) for name in ("home", "chroma_url", "chroma_database")}
    return where | {"chroma_api_key": key.get_secret_value() if key else None}


def test_all_is_well_without_a_model(home: Path) -> None:
    findings = found()
    assert all(finding.works for finding in findings.values())
    assert list(findings) == ["data folder", "embedder", "index", "model endpoint", "model"]
    assert "not built yet" in findings["index"].detail and "PAPERCHAT_LLM_MODEL is not set" in findings["model endpoint"].detail


def test_all_is_well_with_a_model(server: FakeOpenAI, assistant: Assistant) -> None:
    findings = found(**_where(assistant), llm_model=MODEL, openai_base_url=server.url)
    assert all(finding.works for finding in findings.values())
    assert findings["index"].detail.startswith("372 papers")
    assert findings["model"].detail == f"{MODEL} answers; structured replies; streams"


def test_entries_of_papers_changed_since_are_told_and_a_reindex_frees_them(home: Path) -> None:
    index = Index(load_config(), StaticEmbedder())
    for edition in ("first", "second", "third", "fourth"):
        index.sync(papers(20, edition))
    assert "20 papers" in (detail := found()["index"].detail) and "60 entries of papers since changed or removed" in detail
    reindex(load_config(), StaticEmbedder())
    assert "entries" not in found()["index"].detail


def test_a_model_that_the_endpoint_has_not(server: FakeOpenAI) -> None:
    server.models = ["llama3.2", "qwen3"]
    server.handler = lambda request: Reply(status=404)
    findings = found(llm_model="gpt-9", openai_base_url=server.url)
    assert (
        not findings["model endpoint"].works
        and "set PAPERCHAT_LLM_MODEL to one that it has: llama3.2, qwen3" in findings["model endpoint"].detail
    )
    assert not findings["model"].works


def test_an_endpoint_that_lists_no_models_may_still_answer(server: FakeOpenAI) -> None:
    server.always("/models", Reply(status=404))
    findings = found(llm_model=MODEL, openai_base_url=server.url)
    assert findings["model endpoint"].works and "does not list" in findings["model endpoint"].detail and findings["model"].works


def test_what_the_model_cannot_do_is_told(server: FakeOpenAI) -> None:
    server.handler = lambda request: Reply(status=400) if request.streaming or request.schema else "words, words"
    detail = found(llm_model=MODEL, openai_base_url=server.url)["model"].detail
    assert "no structured replies" in detail and "does not stream" in detail


def test_a_wrong_key_and_a_closed_door(server: FakeOpenAI) -> None:
    server.always("/models", Reply(status=401, error="Incorrect API key provided: sk-secret"))
    findings = found(llm_model=MODEL, openai_base_url=server.url, openai_api_key="sk-secret")
    assert "set OPENAI_API_KEY" in findings["model endpoint"].detail and "sk-secret" not in repr(findings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    findings = found(llm_model=MODEL, openai_base_url=url)
    assert "start it, or correct OPENAI_BASE_URL" in findings["model endpoint"].detail
    findings = found(llm_model=MODEL, openai_base_url=url.replace("127", "user:hunter2@127"))
    assert "set OPENAI_API_KEY instead" in findings["model endpoint"].detail and "hunter2" not in repr(findings)


def test_an_embedder_of_an_endpoint(server: FakeOpenAI) -> None:
    assert found(embed_model="openai:bge", openai_base_url=server.url)["embedder"].detail == "openai:bge, 64 dimensions"
    server.always("/embeddings", Reply(status=500))
    assert not found(embed_model="openai:bge", openai_base_url=server.url)["embedder"].works
    assert "write 'static' or 'openai:<model>'" in found(embed_model="word2vec")["embedder"].detail


def test_an_index_of_another_embedder(server: FakeOpenAI, assistant: Assistant) -> None:
    finding = found(**_where(assistant), embed_model="openai:bge", openai_base_url=server.url)["index"]
    assert not finding.works and "paperchat reindex" in finding.detail


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = found(home=tmp_path / "file" / "home")["data folder"]
    assert not finding.works and "set PAPERCHAT_HOME" in finding.detail


def test_the_command(server: FakeOpenAI, home: Path) -> None:
    def doctor(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return paperchat("doctor", *arguments, environment={**os.environ, **settings})

    good = doctor("--json", PAPERCHAT_LLM_MODEL=MODEL, OPENAI_BASE_URL=server.url)
    assert good.returncode == 0 and {finding["works"] for finding in json.loads(good.stdout)} == {True}
    bad = doctor(PAPERCHAT_LLM_MODEL="gpt-4o")
    assert bad.returncode == 1 and "fault  model endpoint: OPENAI_API_KEY is not set; set it" in bad.stdout
