"""Benches: each runs by `python -m bench.NAME`, prints a table, and as its last line one JSON object."""
