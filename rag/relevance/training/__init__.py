"""Training: how the reader's weights were made. Needs the `train` extra; nothing that a user runs imports it.

Open __main__.py first, which is the command.
"""
