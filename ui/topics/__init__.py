"""What the papers are about: a map of them, its topics and their names, kept on disk. Open atlas.py first."""

from ui.topics.atlas import Atlas, Cartographer
from ui.topics.labels import normal, phrases

__all__ = ["Atlas", "Cartographer", "normal", "phrases"]
