"""What the papers are about: a map of them, its topics and their names, kept on disk. Open atlas.py first."""

from ui.topics.atlas import Atlas, Cartographer
from ui.topics.labels import spellings, usual

__all__ = ["Atlas", "Cartographer", "spellings", "usual"]
