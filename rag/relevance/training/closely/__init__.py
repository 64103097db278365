"""Training of the close reader: question and paper read apart through the lower layers, then together through four more.

Open __main__.py first, which is the command.
"""
