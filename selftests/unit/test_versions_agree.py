"""A record's version is the expected one where the checks would say so too, and another release never is."""

from __future__ import annotations

import pytest

from postdeploy.record.identity import versions_agree

SHA = "4f2a9c1d0c8e5b7a6f3e2d1c0b9a8f7e6d5c4b3a"
TAG = "2026.11.3-4f2a9c1"


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        (TAG, TAG),
        ("v1", "v1"),
        ("2026.11.3", TAG),
        ("4f2a9c1", TAG),
        ("4F2A9C1", TAG),
        (SHA, TAG),
        (SHA, "2026.11.3.4f2a9c1"),
        (SHA, "4f2a9c1"),
        ("4f2a9c1d0c8e", SHA),
        (TAG, "4f2a9c1"),
        (TAG, SHA),
        ("qumis/api:2026.11.3", "2026.11.3"),
        ("2026.11.3", "2026.11.3+build.7"),
        ("4f2a9c1", f"{TAG} and {SHA}"),
        ("1234567", "12345671d0c8e5b7a6f3e2d1c0b9a8f7e6d5c4b3"),
        ("ab12" * 16, f"sha256:{'ab12' * 16}"),
    ],
)
def test_it_is_the_expected_version(expected: str, observed: str) -> None:
    assert versions_agree(expected, observed)


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        ("2026.11.1", "2026.11.12"),
        ("2026.11.12", "2026.11.1"),
        ("2026.11", "2026.11.12"),
        ("2026.11.", "2026.11.12"),
        ("2026.11.3", "2026.11.3-rc1"),
        ("2026.11.3-rc1", "2026.11.3"),
        ("2026.11.3-rc1", "2026.11.3-rc2"),
        ("20261112", "202611121530"),
        ("release-2026.11.3", "release"),
        ("release", "release-2026.11.3"),
        ("v1", "v1-4f2a9c1"),
        ("4f2a9c2", TAG),
        ("4f2a9c", TAG),
        ("4f2a9c1", f"{TAG} and 2026.11.4-b2cce9d"),
        ("", TAG),
    ],
)
def test_it_is_another_version(expected: str, observed: str) -> None:
    assert not versions_agree(expected, observed)
