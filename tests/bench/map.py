"""How soon the map opens: `python -m tests.bench.map ABSTRACTS.jsonl.gz [--home DIR]`, on the clock, in Chromium.

The abstracts are added to the papers that ship (`--home` keeps the index for the next run). A server starts on a
corpus whose map was never made; told are when that is made, and the time from a press on "Map" to its dots,
for a first visitor, for others, and once more with a server that starts anew.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from corpus import read
from rag import Index, load_config
from rag.embedding import StaticEmbedder
from tests.doubles.page import CHROMIUM, FLAGS
from tests.doubles.screens import ALL_LOOKS, Look

_PATIENCE = 300_000


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`paperchat serve` over a data folder; yields its address."""
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env={**os.environ, "PAPERCHAT_HOME": str(home)}, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield next(line for line in server.stdout if "Paperchat is at" in line).split()[3]
        finally:
            server.terminate()


def opened(browser: Any, url: str, look: Look) -> float:
    """Seconds from the press on "Map" until its dots can be chosen."""
    context = look.context(browser)
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".pc-example")
    began = time.perf_counter()
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector('#pc-map [data-wired="1"]')
    took = time.perf_counter() - began
    context.close()
    return took


def measured(home: Path) -> None:
    """Print the times."""
    kept = home / "map.json"
    kept.unlink(missing_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        with serving(home) as url:
            began = time.perf_counter()
            while not kept.exists() and time.perf_counter() - began < _PATIENCE / 1_000:
                time.sleep(0.05)
            print(f"made {time.perf_counter() - began:.1f} s after the page was up", flush=True)
            for look in ALL_LOOKS:
                print(f"opened on {look}: {opened(browser, url, look):.1f} s", flush=True)
        with serving(home) as url:
            print(f"opened after a new start: {opened(browser, url, ALL_LOOKS[0]):.1f} s")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("abstracts", type=Path)
    parser.add_argument("--home", type=Path, help="where the index is kept; a temporary folder otherwise")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        config = load_config(home=asked.home or Path(temporary), llm_model=None)
        index = Index(config, StaticEmbedder())
        index.sync(read(asked.abstracts))
        print(f"{len(index):,} papers", flush=True)
        measured(config.home)


if __name__ == "__main__":
    main()
