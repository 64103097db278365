"""Papers out of the index, into a file of the format that its name says."""

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from corpus import Paper
from corpus.writers import FORMATS, written
from rag.errors import ConfigError
from rag.index import Index


def export(index: Index, path: Path, progress: Callable[[int], None] = lambda done: None) -> int:
    """Write every paper (.gz: packed); returns how many. The file appears when it is whole.

    Raises ConfigError when it cannot be written, or its name's ending says no known format.
    """
    ending, temporary, count = _ending(path), path.with_name(f".{path.name}.new"), 0

    def counted() -> Iterator[Paper]:
        nonlocal count
        for paper in index.all_papers():
            yield paper
            count += 1
            progress(1)

    try:
        with _opened(temporary, path.suffix.lower() == ".gz") as file:
            for piece in written(counted(), ending):
                file.write(piece)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return count


def _opened(path: Path, packed: bool) -> IO[str]:
    if packed:
        return cast(IO[str], gzip.open(path, "wt", encoding="utf-8", newline=""))
    return cast(IO[str], io.open(path, "w", encoding="utf-8", newline=""))  # noqa: UP020


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    ending = Path(name).suffix
    if ending not in FORMATS:
        known = ", ".join(FORMATS)
        raise ConfigError(f"{path.name}: the name's ending says the format; end it with one of {known} (each also with .gz)")
    return ending
