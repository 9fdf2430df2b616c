"""The record as JSON: what other programs build on."""

from pathlib import Path

from postdeploy.record.model import Record


def render(record: Record) -> str:
    """The record as JSON text, as its published schema describes it."""
    return record.model_dump_json(indent=2) + "\n"


def read_record(path: Path) -> Record:
    """A record that was written before.

    Raises OSError when it cannot be read and pydantic.ValidationError when it is no record.
    """
    return Record.model_validate_json(path.read_bytes())
