"""Surfaces: command line, page and Slack. Each turns an Answer into its own medium, nothing more."""
