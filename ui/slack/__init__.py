"""The Slack bot: questions in threads, answers in Block Kit.

Open bot.py first; serve.py says how Slack reaches it.
"""
