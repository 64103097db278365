"""Paperchat for programs that speak the Model Context Protocol, over HTTP beside the page or over stdio.

Start with server.py: its tools and resources; results.py says what they return.
"""
