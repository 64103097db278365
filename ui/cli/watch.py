"""`paperchat add --watch`: the index follows files and folders that other programs write."""

import json
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from corpus import CorpusError, Paper
from corpus.gather import files_of, gather
from corpus.names import file_name, printable
from rag.assistant import Assistant
from rag.errors import IndexBusy
from rag.index import Report
from ui.cli.add import Refused, fetch_abstracts

_DEBOUNCE_MS = 400
_AGAIN_MS = 5_000
"""A file that could not be taken up, for another process was writing, is tried again so soon."""


Stamp = tuple[int, int] | None


@dataclass(frozen=True)
class Update:
    """What a look at one file did."""

    report: Report
    removed: int
    refused: int
    held_back: bool = False


class Followed:
    """Which papers each followed file held when it was read last; kept over restarts, for removals."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "followed.json"
        try:
            held = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            held = {}
        self.ids: dict[str, set[str]] = {str(name): set(map(str, ids)) for name, ids in held.items()} if isinstance(held, dict) else {}

    def keep(self) -> None:
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({name: sorted(ids) for name, ids in self.ids.items()}), "utf-8")
        temporary.replace(self._path)


class Follower:
    """Takes up files as they are now: what is new or changed in them, and, when mirroring, what is gone."""

    def __init__(self, assistant: Assistant, mirror: bool, fetch: bool = False, show: bool = True) -> None:
        self._assistant, self._mirror, self._fetch, self._show = assistant, mirror, fetch, show
        self._followed = Followed(assistant.config.home)

    def take_up(self, file: Path) -> Update:
        """The file as it is now; one that is gone has no papers. Raises IndexBusy."""
        refused, seen, titles = Refused(self._show), set[str](), list[Paper]()

        def noted(papers: Iterable[Paper]) -> Iterator[Paper]:
            for paper in papers:
                seen.add(paper.paper_id)
                titles.extend([paper] if paper.title_only else [])
                yield paper

        there = file.exists() and (file.stat().st_size > 0 or not file.is_file())
        report = (
            self._assistant.add(noted(gather([file], refused, self._assistant.config.sites(), note=refused.note))) if there else Report()
        )
        for line in report.failed:
            refused.told(line)
        if self._fetch and titles:
            fetch_abstracts(self._assistant, titles, refused)
        before = self._followed.ids.get(str(file), set())
        sound = not refused.count and (seen or not file.exists())
        removed = self._remove(file, before - seen) if self._mirror and sound else 0
        self._followed.ids[str(file)] = seen if sound else seen | before
        self._followed.keep()
        return Update(report, removed, refused.count, self._mirror and not sound and bool(before - seen))

    def _remove(self, file: Path, gone: set[str]) -> int:
        """Remove papers that came from this file and from nowhere else."""
        elsewhere = set[str]().union(*(ids for name, ids in self._followed.ids.items() if name != str(file)))
        held, name = self._assistant.index.papers(sorted(gone - elsewhere)), file_name(file)
        own = [paper.paper_id for paper in held if all(source == name or source.startswith(f"{name}/") for source in paper.sources)]
        return self._assistant.index.remove(own) if own else 0

    def known_under(self, places: Sequence[Path]) -> list[Path]:
        """Files that were followed there before, also those that are gone."""
        return [Path(name) for name in self._followed.ids if any(_within(Path(name), place) for place in places)]


def _within(file: Path, place: Path) -> bool:
    return file == place or place in file.parents


def _places(items: Sequence[str]) -> list[Path]:
    """The files and folders named. Raises typer.BadParameter for what cannot be followed."""
    places = [Path(item).expanduser().resolve() for item in items]
    if not places:
        raise typer.BadParameter("--watch needs the files or folders to follow")
    for item, place in zip(items, places, strict=True):
        if not place.exists():
            raise typer.BadParameter(f"--watch follows files and folders, and {item!r} is none that exists")
    return places


def follow(assistant: Assistant, items: Sequence[str], mirror: bool, fetch: bool, stop: threading.Event | None = None) -> None:
    """Take up the files now, and again whenever they change, until interrupted."""
    from watchfiles import watch

    places = _places(items)
    follower, seen = Follower(assistant, mirror, fetch), dict[Path, Stamp]()
    _take_up_changed(follower, places, seen)
    shown = ", ".join(map(printable, items))
    print(f"following {shown}{'; papers that go are removed' if mirror else ''}; end with Ctrl-C", flush=True)
    roots = {place if place.is_dir() else place.parent for place in places}
    options: dict[str, Any] = {"debounce": _DEBOUNCE_MS, "rust_timeout": _AGAIN_MS, "yield_on_timeout": True, "raise_interrupt": False}
    for _ in watch(*roots, stop_event=stop, **options):  # only says when to look: a change before it began is seen, too
        _take_up_changed(follower, places, seen)


def _stamp(file: Path) -> Stamp:
    """When the file was written and how long it is; None for one that is gone."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _take_up_changed(follower: Follower, places: Sequence[Path], seen: dict[Path, Stamp]) -> None:
    """Take up files that are not as they were when they were looked at last; one for which the index is busy comes again."""
    files = {file for place in places for file in (files_of(place) if place.exists() else ())} | set(follower.known_under(places))
    for file in sorted(files):
        stamp = _stamp(file)
        if file in seen and seen[file] == stamp:
            continue
        try:
            _tell(file, follower.take_up(file))
            seen[file] = stamp
        except IndexBusy:
            continue
        except CorpusError as error:
            seen[file] = stamp
            print(f"skipped: {error}", file=sys.stderr)


def _tell(file: Path, update: Update) -> None:
    report = update.report
    if report.added or report.changed or update.removed or update.refused:
        done = f"{report.added:,} added, {report.changed:,} changed, {update.removed:,} removed"
        rest = f", {update.refused:,} refused" if update.refused else ""
        held = "; removals wait until it is read without faults" if update.held_back else ""
        print(f"{datetime.now():%H:%M} {file_name(file)}: {done}{rest}{held}", flush=True)
