"""What the papers are about: a map of them, its topics and their names, kept on disk. Open atlas.py first."""

from rag.text import spellings, usual
from ui.topics.atlas import Atlas, Cartographer

__all__ = ["Atlas", "Cartographer", "spellings", "usual"]
