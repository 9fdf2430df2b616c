"""Turns a written post-deployment checklist into checks, an execution record and a verdict."""

__version__ = "0.1.0"
