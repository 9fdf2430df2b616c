"""A session of AWS SSO that is over, as boto3 itself finds it: blocked, with the command that begins a new one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.aws.session import open_session
from postdeploy.target import Aws

_START = "https://login.test/start"
_SESSION = f"""
[profile qumis_prod]
sso_session = work
sso_account_id = 111111111111
sso_role_name = reader
region = us-east-2
[sso-session work]
sso_start_url = {_START}
sso_region = us-east-2
"""
_LEGACY = f"""
[profile qumis_prod]
sso_start_url = {_START}
sso_region = us-east-2
sso_account_id = 111111111111
sso_role_name = reader
region = us-east-2
"""


@pytest.mark.parametrize("expired", [True, False], ids=["expired", "never begun"])
@pytest.mark.parametrize(
    ("configuration", "key"), [(_SESSION, "work"), (_LEGACY, _START)], ids=["session", "legacy"]
)
def test_a_session_that_is_over_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: str, key: str, expired: bool
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "config").write_text(configuration)
    if expired:
        cache = tmp_path / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        token = {"startUrl": _START, "accessToken": "x", "expiresAt": "2020-01-01T00:00:00Z"}
        name = hashlib.sha1(key.encode()).hexdigest()  # noqa: S324 - how the AWS CLI names it
        (cache / f"{name}.json").write_text(json.dumps({**token, "region": "us-east-2"}))
    aws = Aws(account="111111111111", region="us-east-2", profile="qumis_prod")
    session = open_session(aws, user_agent="test")
    with pytest.raises(ProbeError) as told:
        observe_identity(session)
    assert "Run `aws sso login --profile qumis_prod`" in told.value.mend
