"""Words: which papers hold which, in tantivy on this machine (local.py) or in Chroma on a server (server.py). Open interface.py first."""
