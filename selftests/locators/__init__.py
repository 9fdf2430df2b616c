"""Tests of the declared locators against pages in a browser."""
