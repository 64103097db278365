"""What visitors leave behind: `python -m tests.bench.visitors [HOW_MANY]` (1,000 unless told; Linux).

Each opens the page, asks a question and leaves; the server's memory is told as they pass. Then as many
questions of 2 MB come as were once kept.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.doubles.visitors import Visitor, failures

QUESTIONS = (
    "Which papers speed up dLLM decoding?",
    "papers about LoRA",
    "kv cache compression",
    "speculative decoding",
    "papers from 2024",
)
_WARM = 50
_LARGE = 160


def megabytes(pid: int) -> int:
    """Memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


def visit(url: str, config: dict[str, object], number: int) -> None:
    visitor = Visitor(url, config)
    with visitor.present():
        assert not failures([*visitor.load(), *visitor.ask(QUESTIONS[number % len(QUESTIONS)])])
    visitor.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0"]
        with subprocess.Popen(command, env={**os.environ, "PAPERCHAT_HOME": home}, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = next(line for line in server.stdout if "Paperchat is at" in line).split()[3]
                first = Visitor(url)
                warm = 0
                for number in range(count):
                    visit(url, first.config, number)
                    if number + 1 == _WARM:
                        warm = megabytes(server.pid)
                    if number + 1 in (_WARM, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900) or number + 1 == count:
                        print(f"{number + 1:>5} visitors: {megabytes(server.pid)} MB", flush=True)
                now = megabytes(server.pid)
                print(f"each after the first {_WARM}: {1024 * (now - warm) / max(count - _WARM, 1):.1f} kB")
                for _ in range(_LARGE):
                    visitor = Visitor(url, first.config)
                    call = visitor.dependency("pc-question", "submit")
                    values = [visitor._value(at, {"pc-question": "x" * 1_900_000}) for at in call["inputs"]]
                    assert visitor.join(call["id"], values).status_code == 400
                    visitor.close()
                print(f"{_LARGE} questions of 1.9 MB more: {megabytes(server.pid)} MB")
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
