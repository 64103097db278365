"""The chat page, in Gradio: an Answer as HTML, and what people do with it.

Open layout.py first; serve.py starts the server.
"""
