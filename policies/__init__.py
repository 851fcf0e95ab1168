"""Policies: what may be asked for, by whom, for whom, and who must approve it. Pure; files in, verdicts out."""
