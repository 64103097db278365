"""Evaluation: judged questions in, a table out.

Open evaluate.py first; calibrate.py fits the judge's weights.
"""
