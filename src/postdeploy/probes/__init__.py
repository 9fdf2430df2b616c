"""Observations of the deployed system: they say what is there and never judge it."""
