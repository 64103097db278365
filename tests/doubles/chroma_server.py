"""A Chroma server, really started, on loopback."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import pytest
from chromadb.api import AdminAPI
from chromadb.config import Settings

from rag import Assistant, load_config


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings() -> dict[str, str]:
    """What a process needs, beside its folder, to use the server that this test uses, if it does."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PAPERCHAT_CHROMA_", "ALL_PROXY", "NO_PROXY"))}


def use(patch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    """Set these settings, for as long as the patch lasts."""
    for name, value in settings.items():
        patch.setenv(name, value)


def assistant_with(settings: Mapping[str, str], home: Path) -> Assistant:
    """The papers that ship, where the settings say; they are unset again."""
    with pytest.MonkeyPatch.context() as patch:
        use(patch, settings)
        return Assistant(load_config(home=home))


def admin(url: str) -> AdminAPI:
    """What makes tenants and databases on a server."""
    parts = urlsplit(url)
    return chromadb.AdminClient(
        Settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=str(parts.hostname),
            chroma_server_http_port=parts.port,
            anonymized_telemetry=False,
        )
    )


class ChromaServer:
    """`chroma run` over a folder; it can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> "ChromaServer":
        program = str(Path(sys.executable).with_name("chroma"))
        command = [program, "run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder)
        patience = threading.Event()
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return self
            except OSError:
                assert self._process.poll() is None, "chroma run ended"
                patience.wait(0.05)
        raise AssertionError("chroma run does not listen")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """It hears and does not answer."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def settings(self) -> dict[str, str]:
        """Settings of a new database."""
        return {"PAPERCHAT_CHROMA_URL": self.url, "PAPERCHAT_CHROMA_DATABASE": self.new_database()}

    def new_database(self) -> str:
        """A database that is empty, so that tests share the server and nothing else."""
        self._databases += 1
        name = f"test{self._databases}"
        admin(self.url).create_database(name)
        return name
