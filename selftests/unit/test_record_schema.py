"""The published schema is that of the record, and every record fits it."""

import json
from pathlib import Path

import jsonschema
import pytest

from postdeploy.record.builder import build_record
from postdeploy.record.schema import record_schema
from postdeploy.record.writers import json as json_writer
from selftests.unit.sample_journal import run_entry
from selftests.unit.sample_runs import sample_run

PUBLISHED = Path(__file__).parents[2] / "docs" / "record.schema.json"


def test_published_schema_is_current() -> None:
    assert PUBLISHED.read_text() == record_schema(), (
        "write it anew: python -m postdeploy.record.schema > docs/record.schema.json"
    )


@pytest.mark.parametrize("failures", [0, 3, 30])
def test_record_fits_its_schema(failures: int) -> None:
    text = json_writer.render(build_record(sample_run(failures, hostile=True)))
    validator = jsonschema.Draft202012Validator(json.loads(record_schema()))
    assert list(validator.iter_errors(json.loads(text))) == []


def test_record_of_nearly_nothing_fits_its_schema() -> None:
    text = json_writer.render(build_record([run_entry()]))
    jsonschema.validate(json.loads(text), json.loads(record_schema()))


def test_schema_refuses_a_key_it_does_not_know() -> None:
    document = json.loads(json_writer.render(build_record([run_entry()])))
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate({**document, "surprise": 1}, json.loads(record_schema()))


def test_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = build_record(sample_run(3, hostile=True))
    (tmp_path / "record.json").write_text(json_writer.render(record))
    assert json_writer.read_record(tmp_path / "record.json") == record


def test_keys_that_others_build_on_are_there() -> None:
    document = json.loads(json_writer.render(build_record(sample_run(3))))
    assert set(document) >= {
        *("schema_version", "run_id", "system", "environment", "scope", "partial", "version"),
        *("verdict", "exit_code", "rows", "decision", "indicators", "counts", "checks"),
        *("identity", "leftovers", "waivers", "started", "ended", "urls", "tester", "reason"),
        "tool_version",
    }
    row = document["rows"][0]
    assert set(row) >= {"id", "title", "status", "tester", "timestamp", "notes", "items"}
    assert set(row["items"][0]) >= {"id", "weight", "outcome", "note", "attempts", "evidence"}
    assert set(document["version"]) == {"expected", "observed"}
