"""Readers: files -> papers, one module a format.

Open formats.py first: it chooses the reader. records.py says what fields are called, streams.py reads files as streams.
"""
