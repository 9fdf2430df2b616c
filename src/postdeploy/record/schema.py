"""The JSON Schema of the record."""

import json

from postdeploy.record.model import Record


def record_schema() -> str:
    """The schema as it is published in docs/record.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Record.model_json_schema(mode="serialization"),
        "title": "Execution record",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(record_schema(), end="")
