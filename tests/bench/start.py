"""Start-up and warm answers at the size that ships, each beside its floor, from one run.

python -m tests.bench.start
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

ROUNDS = 7
EVAL = Path(__file__).parents[1] / "eval"


def _seconds(arguments: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def _questions(*names: str) -> list[str]:
    return [query["question"] for name in names for query in json.loads((EVAL / f"{name}.json").read_text())["queries"]]


def _warm() -> tuple[list[float], list[float]]:
    """Seconds of each answer to each judged question, asked for the first time and again; others were asked before, so papers were read."""
    import rag

    for question in _questions("more_c", "held_c"):
        rag.query(question)
    first, again = list[float](), list[float]()
    for taken in (first, again):
        for question in _questions("dev", "more_a", "more_b"):
            start = time.perf_counter()
            rag.query(question)
            taken.append(time.perf_counter() - start)
    return first, again


def main() -> None:
    with TemporaryDirectory() as home:
        environment = {**os.environ, "PAPERCHAT_HOME": home}
        ask = ["-m", "ui.cli", "ask", "which papers speed up dLLM decoding?"]
        first = _seconds(ask, environment)
        pairs = [(_seconds(ask, environment), _seconds(["-c", "import chromadb"], environment)) for _ in range(ROUNDS)]
        helped = median(_seconds(["-m", "ui.cli", "--help"], environment) for _ in range(ROUNDS))
        os.environ["PAPERCHAT_HOME"] = home
        warm = _warm()
    cold, floor = median(a for a, _ in pairs), median(b for _, b in pairs)
    print("| what | measured |\n|---|---|")
    print(f"| first `paperchat ask`, indexing 372 papers | {first:.2f} s |")
    print(f"| `paperchat ask`, index present | {cold:.2f} s, {cold / floor:.2f} times `python -c 'import chromadb'` ({floor:.2f} s) |")
    print(f"| `paperchat --help` | {helped:.2f} s |")
    for name, taken in zip(("of a new question", "of one asked before"), warm, strict=True):
        print(
            f"| warm `rag.query` {name}, p50 / p95 of {len(taken)} | {1000 * median(taken):.1f} / {1000 * quantiles(taken, n=20)[-1]:.1f} ms |"
        )


if __name__ == "__main__":
    main()
