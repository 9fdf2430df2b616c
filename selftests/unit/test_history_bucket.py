"""The history in S3: few requests, only its own, and what AWS refuses is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from postdeploy.history import bucket as module
from postdeploy.history.archive import Archive
from postdeploy.history.bucket import Bucket
from postdeploy.history.store import HistoryError
from selftests.unit.sample_history import record_of

BUCKET = "kept-runs"


FEW = 4
"""Fresh runs that are worth an index, in these tests."""


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with one bucket."""
    for name, value in (("ACCESS_KEY_ID", "sandbox"), ("SECRET_ACCESS_KEY", "sandbox")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(module, "FRESH_AT_LEAST", FEW)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


class Counted(Bucket):
    """A bucket that counts the requests that leave."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(BUCKET, prefix)
        self.sent: Counter[str] = Counter()
        self._client.meta.events.register("before-send.s3.*", self._count)

    def _count(self, event_name: str, **_: object) -> None:
        self.sent[event_name.rpartition(".")[2]] += 1


def keep_runs(numbers: range) -> None:
    archive = Archive(Bucket(BUCKET, ""))
    for number in numbers:
        archive.keep(record_of(number))


def test_keeping_a_run_takes_two_requests() -> None:
    store = Counted()
    Archive(store).keep(record_of(0))
    assert store.sent == {"PutObject": 2}


def test_many_runs_are_read_one_by_one_only_once() -> None:
    keep_runs(range(5))
    first = Counted()
    assert len(Archive(first).find("qumis", "prod").runs) == 5
    assert first.sent["GetObject"] == 5
    keep_runs(range(5, 7))
    second = Counted()
    assert len(Archive(second).find("qumis", "prod").runs) == 7
    assert second.sent == {"ListObjectsV2": 2, "GetObject": 3}  # the index, and what is new


def test_the_largest_whole_index_is_read() -> None:
    keep_runs(range(5))
    assert len(Archive(Counted()).find().runs) == 5
    Bucket(BUCKET, "").add("index/qumis/prod/99999999-0123456789ab.jsonl.gz", b"\x1f\x8b broken")
    store = Counted()
    assert len(Archive(store).find().runs) == 5
    assert store.sent["GetObject"] == 2


def test_a_few_new_runs_are_no_reason_for_another_index() -> None:
    keep_runs(range(FEW - 1))
    store = Counted()
    Archive(store).find()
    assert store.sent["PutObject"] == 0


def test_two_prefixes_of_one_bucket_are_two_histories() -> None:
    Archive(Bucket(BUCKET, "one")).keep(record_of(0))
    assert Archive(Bucket(BUCKET, "on")).find().entries == []
    assert len(Archive(Bucket(BUCKET, "one")).find().entries) == 1


def test_no_other_request_leaves() -> None:
    store = Counted()
    elsewhere = {"Bucket": "another", "Key": "k"}
    for operation, parameters in (
        ("delete_object", {"Bucket": BUCKET, "Key": "k"}),
        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": b""}),
        ("put_object", elsewhere | {"Body": b"", "IfNoneMatch": "*"}),
        ("get_object", elsewhere),
        ("list_buckets", {}),
    ):
        with pytest.raises(HistoryError, match=r"history|overwritten"):
            getattr(store._client, operation)(**parameters)
    assert store.sent == {}


def test_a_bucket_that_is_not_there_is_told() -> None:
    store = Bucket("no-such-bucket", "runs")
    with pytest.raises(HistoryError, match=r"s3:ListBucket in s3://no-such-bucket/runs: NoSuchB"):
        Archive(store).find()
    with pytest.raises(HistoryError, match=r"s3:PutObject in s3://no-such-bucket/runs: NoSuchB"):
        Archive(store).keep(record_of(0))


def test_an_object_that_cannot_be_read_is_told_and_the_others_are_found() -> None:
    keep_runs(range(3))
    store = Counted()

    def refused(params: dict[str, str], **_: object) -> None:
        if "-r1-" in params["Key"]:
            raise HistoryError("not this one")

    store._client.meta.events.register("provide-client-params.s3.GetObject", refused)
    found = Archive(store).find()
    assert [run.run_id for run in found.runs] == ["r0", "r2"]
    assert found.passed_over == ("not this one",)


def test_without_a_login_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(HistoryError, match=r"s3:ListBucket in s3://kept-runs"):
        Archive(Bucket(BUCKET, "")).find()
