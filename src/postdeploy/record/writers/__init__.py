"""Writes the record in every form that a reader may want."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from postdeploy.record.model import Record
from postdeploy.record.writers import html, json, junit, markdown
from postdeploy.record.writers.files import write_file


def write_all(record: Record, folder: Path) -> list[str]:
    """Write record.json, record.md, record.html and junit.xml into the folder of the run.

    Each is there in full or not at all, whatever becomes of the others; returns a sentence, without
    its full stop, for each that could not be made or written.
    """
    documents: Mapping[str, Callable[[], str]] = {
        "record.json": lambda: json.render(record),
        "record.md": lambda: markdown.render(record),
        "junit.xml": lambda: junit.render(record),
        "record.html": lambda: html.render(record, folder),
    }
    tried = (_trouble(folder / name, render) for name, render in documents.items())
    return [trouble for trouble in tried if trouble]


def _trouble(path: Path, render: Callable[[], str]) -> str:
    try:
        write_file(path, render())
    except OSError as error:
        told = f"{path.name} could not be written: {error.strerror or error}"
    except Exception as error:  # a mistake in one document is none of the others'
        told = f"{path.name} could not be made: {type(error).__name__}: {error}"
    else:
        return ""
    with contextlib.suppress(OSError):
        path.unlink()  # an earlier one, which may say more than is known now
    return told
