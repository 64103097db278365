"""Bars on stderr, with rate and time left, for work over two seconds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar that counts papers; call what it gives with the number done since the last call."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, advance=done)


@contextmanager
def seldom(label: str) -> Iterator[Callable[[int], None]]:
    """Like `progress` for work that mostly is not there: the bar comes with the first paper, and none after the end."""
    with ExitStack() as bars:
        advance: Callable[[int], None] | None = None

        def count(done: int) -> None:
            nonlocal advance
            if advance is None:
                advance = bars.enter_context(progress(label))
            advance(done)

        yield count
        advance = lambda done: None  # noqa: E731


@contextmanager
def reading(label: str, size: int | None) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """A bar over `size` bytes of input (None: not known); call the first with bytes read, the second with papers done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    papers = TextColumn("{task.fields[papers]:,} papers, {task.fields[rate]:,.0f}/s")
    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), TaskProgressColumn(), papers, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=size, papers=0, rate=0.0)
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            bar.update(task, papers=done, rate=done / max(bar.tasks[0].elapsed or 0.0, 0.1))

        yield lambda read: bar.update(task, advance=read), count
