"""Papers over the network: arXiv's feed and Hugging Face's daily papers. Asked only when the user asks for it."""
