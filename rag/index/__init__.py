"""The index: papers -> Chroma (the truth) and words (derived from it). Adding, removing, repairing, rebuilding.

Open index.py first, then add.py; chroma/ keeps the papers, lexical/ searches their words.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index.add import Progress
    from rag.index.catalogue import Catalogue
    from rag.index.entries import stem_hash
    from rag.index.folder import Folder, built
    from rag.index.generations import open_current
    from rag.index.index import Index
    from rag.index.lexical.forward import COUNT_SHIFT, MOST_COUNT, Columns, columns_of
    from rag.index.lexical.schema import analyzer, folded_key
    from rag.index.lexical.searcher import Found
    from rag.index.rebuild import papers_to_reindex, reindex
    from rag.index.records import Report, paper_from

__all__ = [
    "COUNT_SHIFT",
    "MOST_COUNT",
    "Catalogue",
    "Columns",
    "Folder",
    "Found",
    "Index",
    "Progress",
    "Report",
    "analyzer",
    "built",
    "columns_of",
    "folded_key",
    "open_current",
    "paper_from",
    "papers_to_reindex",
    "reindex",
    "stem_hash",
]

_HOMES = {
    "rag.index.add": ("Progress",),
    "rag.index.catalogue": ("Catalogue",),
    "rag.index.entries": ("stem_hash",),
    "rag.index.folder": (
        "Folder",
        "built",
    ),
    "rag.index.generations": ("open_current",),
    "rag.index.index": ("Index",),
    "rag.index.lexical.forward": (
        "COUNT_SHIFT",
        "Columns",
        "MOST_COUNT",
        "columns_of",
    ),
    "rag.index.lexical.schema": ("analyzer", "folded_key"),
    "rag.index.lexical.searcher": ("Found",),
    "rag.index.records": (
        "Report",
        "paper_from",
    ),
    "rag.index.rebuild": (
        "papers_to_reindex",
        "reindex",
    ),
}
"""Loaded when first used: the encoding process needs no Chroma."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rag.index' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
