"""Settings: what is shown of them, and what is not."""

import io
import socket
from contextlib import suppress
from pathlib import Path

import pytest
import typer

from rag import Assistant, load_config
from rag.config import masked_url
from rag.doctor import examine
from rag.errors import ConfigError, IndexUnreachable
from rag.llm import shown_url
from tests.cli.test_cli import paperchat
from tests.doubles.chroma_server import ChromaServer
from ui.cli.doctor import doctor
from ui.cli.settings import settings

URLS = ("chroma_url", "openai_base_url", "arxiv_url", "hf_url", "openalex_url", "crossref_url", "zotero_url", "slack_api_url")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://host.example/v1/", "https://host.example/v1/"),
        ("http://bob:hunter2@localhost:9/", "http://***@localhost:9/"),
        ("http://hunter2@localhost:9/v1?key=hunter2#hunter2", "http://***@localhost:9/v1?***"),
        ("http://bob:hunter2/?#:@hunter2@[::1]:9/", "http://***@[::1]:9/"),
        ("http://a://hunter2@host/", "http://***@host/"),
        ("bob:hunter2@host", "***@host"),
        ("host#hunter2", "host?***"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_what_it_may_hide(url: str, shown: str) -> None:
    assert masked_url(url) == shown


KEYS = [
    "sk-proj-Ab3dE5gH7jK9mN1p",
    "9f86d081884c7d659a2feaa0c55ad015",
    "Xk29fLq81Zpw04MtR",
    "3f2b8c1e-1d2a-4b6c-9e8f-0a1b2c3d4e5f",
    "hf_aB3dE5gH7jK9mN1p",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_in_an_address_is_shown_nowhere(key: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:9/{key}/v1")
    monkeypatch.setenv("PAPERCHAT_LLM_MODEL", "m\x9b31m\x1b[31m")
    monkeypatch.setenv("PAPERCHAT_LLM_RETRIES", "0")
    monkeypatch.setattr("sys.stdout", out := io.StringIO())
    with suppress(typer.Exit):
        doctor()
    settings()
    said = out.getvalue()
    assert key not in said and said.count("http://127.0.0.1:9/***/v1") >= 2
    assert all(sign == "\n" or sign.isprintable() for sign in said)


@pytest.mark.parametrize(
    "path",
    ["v1", "openai/deployments/gpt-4o-mini-2024-07-18", "api/v1beta/openai", "token-plan/v1", "internationalisation", "compatible-mode/v1"],
)
def test_an_address_without_a_key_is_shown_whole(path: str) -> None:
    assert masked_url(f"https://e.org/{path}") == shown_url(f"https://e.org/{path}") == f"https://e.org/{path}"


@pytest.mark.parametrize("named", ["", " ", "\t"])
def test_a_data_folder_without_a_name_is_one_line(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERCHAT_HOME", named)
    with pytest.raises(ConfigError, match=r"^PAPERCHAT_HOME: it is empty; name a folder for the data, or unset it$"):
        load_config()


def test_no_url_setting_shows_its_password() -> None:
    config = load_config(**dict.fromkeys(URLS, "http://bob:hunter2@localhost:9/x?token=hunter2"))
    shown = config.shown()
    assert {shown[name] for name in URLS} == {"http://***@localhost:9/x?***"}
    assert {name for name in shown if name.endswith("_url")} == set(URLS)


@pytest.mark.parametrize("url", ["ftp://bob:hunter2@host", "bob:hunter2@host:1", "http://bob:hunter2/x@host", "http://[hunter2@host"])
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"PAPERCHAT_CHROMA_URL is '.*@host.*write http://host:port") as caught:
        Assistant(load_config(chroma_url=url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_a_chroma_server_that_is_down_is_named_without_its_password(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        port = taken.getsockname()[1]
        config = load_config(chroma_url=f"{scheme}://bob:hunter2@127.0.0.1:{port}/?token=hunter2")
        with pytest.raises(IndexUnreachable, match=rf"server at {scheme}://\*\*\*@127\.0\.0\.1:{port}/") as caught:
            Assistant(config)
        assert "hunter2" not in str(caught.value) + repr(list(examine(config)))


def test_a_command_line_error_holds_no_password(tmp_path: Path) -> None:
    done = paperchat("ask", "x", home=tmp_path, PAPERCHAT_CHROMA_URL="http://bob:hunter2@127.0.0.1:9/")
    assert done.returncode == 1 and "***@127.0.0.1:9" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_doctor_names_a_working_server_without_its_password(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    server = ChromaServer(folder).start()
    try:
        config = load_config(chroma_url=server.url.replace("://", "://bob:hunter2@"), chroma_database="default_database")
        Assistant(config)
        details = {finding.name: finding.detail for finding in examine(config)}
    finally:
        server.stop()
    assert "papers on http://***@127.0.0.1" in details["index"] and "hunter2" not in repr(details)
