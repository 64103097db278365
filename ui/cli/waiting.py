"""What a terminal shows until an answer's text begins: the step under way, and the draft where there is one. All of it goes again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.live import Live

    from rag.answer import Event


class Waiting:
    """Told of every event; shows steps on a terminal, and on anything else only that a draft is being improved."""

    def __init__(self, live: "Live | None") -> None:
        self._live = live
        self._draft = self._said = ""

    def on(self, event: "Event") -> None:
        """Show a step; end with the first piece of text, or the answer."""
        from rag.answer import Step

        if not isinstance(event, Step):
            self.end()
            return
        self._draft = event.draft.text if event.draft else self._draft
        if self._live is None:
            if event.draft and self._said != event.detail:
                print(event.detail, file=sys.stderr, flush=True)
            self._said = event.detail
            return
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        draft = [Text(f"{self._draft}\n", style="dim")] if self._draft else []
        self._live.update(Group(*draft, Spinner("dots", Text(event.detail))), refresh=True)

    def end(self) -> None:
        """Take away what is shown."""
        if self._live is not None:
            self._live.stop()
            self._live = None


@contextmanager
def waiting(for_model: bool) -> Iterator[Waiting]:
    """Shows on stderr, so that stdout holds the answer and nothing else; without a model there is nothing to wait for."""
    if not for_model:
        yield Waiting(None)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Waiting(None)
        return
    with Live(console=console, transient=True, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False) as live:
        shown = Waiting(live)
        try:
            yield shown
        finally:
            shown.end()
