"""Start-up and first word of the page: `python -m tests.bench.page`.

Start-up: `paperchat serve` until the page answers and until the browser shows it ready, beside
`python -c "import gradio"`. First word: from Enter in the browser until the first word of an
answer is on the screen, with a writer that takes no time.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from rag import Assistant, load_config
from tests.doubles.page import CHROMIUM, DESKTOP, FLAGS, Directed, served

# Watches for the first word from inside the page, so that no driver's round trip is counted.
_WATCH = """(at) => new Promise((done) => {
  const box = document.querySelector('#pc-question textarea');
  box.addEventListener('keydown', () => { window.pressed = performance.now(); }, { once: true });
  const look = () => {
    const answer = document.querySelector(`.pc-turn[data-turn="${at}"] .pc-answer`);
    if (answer && answer.textContent.trim()) { watcher.disconnect(); done(performance.now() - window.pressed); }
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
})"""


def seconds_of_import() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    return time.perf_counter() - begun


def seconds_to_page(browser: Any, home: Path) -> tuple[float, float]:
    """Until the page answers, and until the browser shows its examples and question box."""
    begun = time.perf_counter()
    code = f"import os, sys; os.environ['PAPERCHAT_HOME'] = {str(home)!r}; sys.argv = ['paperchat', 'serve', '--port', '0']; from ui.cli.app import main; main()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "Paperchat is at" in line)
            answered = time.perf_counter() - begun
            page = browser.new_page(viewport=DESKTOP)
            page.goto(line.split()[3])
            page.wait_for_selector(".pc-example")
            usable = time.perf_counter() - begun
            page.close()
        finally:
            process.terminate()
    return answered, usable


def milliseconds_to_first_word(browser: Any, assistant: Assistant, repeats: int = 9) -> list[float]:
    directed = Directed(assistant)
    found = []
    with served(directed, assistant.config) as url:
        page = browser.new_page(viewport=DESKTOP)
        page.goto(url)
        page.wait_for_selector(".pc-example")
        for at in range(repeats):
            page.fill("#pc-question textarea", f"question {at}")
            page.evaluate(f"window.first = ({_WATCH})({at}); 0")
            page.press("#pc-question textarea", "Enter")
            found.append(float(page.evaluate("window.first")))
            page.wait_for_selector(f'.pc-turn[data-turn="{at}"][data-state="done"]')
        page.close()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        assistant = Assistant(load_config(home=Path(home)))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        browser.new_page().goto("about:blank")
        imports = [seconds_of_import() for _ in range(3)]
        starts = [seconds_to_page(browser, Path(home)) for _ in range(3)]
        words = milliseconds_to_first_word(browser, assistant)
        browser.close()
    limit = 1.5 * median(imports) + 2
    print(f"import gradio                 {median(imports):6.2f} s   (limit for the page: {limit:.2f} s)")
    print(f"serve until the page answers  {median(a for a, _ in starts):6.2f} s")
    print(f"serve until the page is ready {median(u for _, u in starts):6.2f} s   (examples shown in Chromium)")
    print(f"Enter until the first word    {median(words):6.0f} ms  (median of {len(words)}; worst {max(words):.0f} ms)")


if __name__ == "__main__":
    main()
