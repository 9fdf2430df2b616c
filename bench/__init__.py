"""Measures how long a run takes and where its time goes; ratios within one session, never bounds of tests."""
