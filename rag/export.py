"""Papers out of the index, into a file that `paperchat add` reads back."""

import gzip
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rag.errors import ConfigError
from rag.index import Index


def export_jsonl(index: Index, path: Path, progress: Callable[[int], None] = lambda done: None) -> int:
    """Write every paper, one JSON object a line (.gz: packed); returns how many. The file appears when it is whole.

    Raises ConfigError when it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")
    count = 0
    try:
        with gzip.open(temporary, "wt", encoding="utf-8") if path.suffix == ".gz" else temporary.open("w", encoding="utf-8") as file:
            for paper in index.all_papers():
                file.write(json.dumps(asdict(paper), ensure_ascii=False) + "\n")
                count += 1
                progress(1)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from None
    return count
