"""Writes the record in every form that a reader may want."""

from pathlib import Path

from postdeploy.record.model import Record
from postdeploy.record.writers import html, json, junit, markdown
from postdeploy.record.writers.files import write_file


def write_all(record: Record, folder: Path) -> None:
    """Write record.json, record.md, record.html and junit.xml into the folder of the run.

    The JSON comes first: what is known is on disk although another document fails.
    Raises OSError.
    """
    write_file(folder / "record.json", json.render(record))
    write_file(folder / "record.md", markdown.render(record))
    write_file(folder / "junit.xml", junit.render(record))
    write_file(folder / "record.html", html.render(record, folder))
