"""Chroma: the collection that holds the papers, its connection, its files, its quotas. Open store.py first."""
