"""Each thing that the doctor tries is told when it is missing, with its mend; it writes nothing and tells no secret."""

from __future__ import annotations

import json
import shutil
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest
from moto.server import ThreadedMotoServer

from postdeploy import cli
from postdeploy.doctor import examine
from postdeploy.probes.proxy import Proxies
from postdeploy.trials import machine
from postdeploy.trials.finding import Finding, head
from selftests.patient_server import PatientServer
from selftests.unit.certificates import Authority, shaking_hands
from selftests.unit.proxying import LOGIN, proxy

ROOT = Path(__file__).resolve().parents[2]
Usage = namedtuple("Usage", "total used free")


class Product(PatientServer):
    """An address that answers anything with 200 and the time; `heard` is what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.ahead = 0.0
        self.status = 200
        self.body = b"{}"
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Product

    def do_GET(self) -> None:
        self.server.heard.append(self.command)
        self.send_response_only(self.server.status)
        self.send_header("Date", formatdate(time.time() + self.server.ahead, usegmt=True))
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - as the library calls them

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def product() -> Iterator[Product]:
    made = Product()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one environment, which `described` describes."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "targets").mkdir()
    (tmp_path / "checklists").mkdir()
    row = '[[rows]]\nid = "1"\ntitle = "1"\n[[items]]\nid = "health.{name}"\nrow = "1"\n'
    item = 'each = "endpoints"\nweight = "R"\ntitle = "{name} is well"\n'
    (tmp_path / "checklists" / "demo.toml").write_text(f'system = "demo"\n{row}{item}')
    return tmp_path


def described(root: Path, *lines: str) -> None:
    text = "\n".join(['system = "demo"', "[environments.qa]", *lines])
    (root / "targets" / "demo.toml").write_text(text)


def found(root: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(root, "demo", "qa")}


def usual(product: Product) -> tuple[str, ...]:
    return (f'urls.api = "{product.url}"', f'control = ["{product.url}/"]')


def test_what_is_right_is_told_as_such_and_only_asked(root: Path, product: Product) -> None:
    described(root, *usual(product))
    findings = found(root)
    named = {"control address", "clock", "address urls.api", "reports folder", "lease folder"}
    assert named <= set(findings)
    wrong = [one for one in findings.values() if not one.right and one.what != "python"]
    assert wrong == []
    assert set(product.heard) == {"GET"}


def test_files_and_settings_that_are_missing_are_told_one_by_one(root: Path) -> None:
    described(root, 'secrets = ["TOKEN", "OTHER"]', 'urls.api = "http://127.0.0.1:9"')
    told = [one for one in examine(root, "demo", "qa") if one.what == "settings"]
    assert [(one.right, "is not set" in one.told) for one in told] == [(False, True)] * 2
    assert "Export it" in told[0].mend
    (root / "targets" / "demo.toml").write_text("system = ")
    broken = list(examine(root, "demo", "qa"))
    assert (broken[0].what, broken[0].right) == ("files", False)
    assert "reports folder" in [one.what for one in broken]


def test_a_waiver_that_has_ended_is_told(root: Path, product: Product) -> None:
    described(root, *usual(product))
    (root / "waivers").mkdir()
    (root / "waivers" / "demo.toml").write_text(
        'system = "demo"\n[[waivers]]\nitem = "health.api"\nenvironments = ["qa"]\n'
        'reason = "known"\nowner = "Ada"\nexpires = 2020-01-01\n'
    )
    finding = found(root)["waivers"]
    assert (finding.right, "2020-01-01" in finding.told) == (False, True)
    assert finding.mend == "Mend waivers/demo.toml"


def test_what_is_still_open_is_told_and_the_rest_is_tried_all_the_same(root: Path) -> None:
    described(root, 'urls.api = "${open}"', 'secrets = ["TOKEN"]')
    findings = found(root)
    assert (findings["files"].right, "urls.api" in findings["files"].told) == (False, True)
    assert not findings["settings"].right
    assert not [name for name in findings if name.startswith(("address", "DNS"))]


def test_a_package_that_is_not_the_pinned_one_is_told(root: Path) -> None:
    (root / "constraints.txt").write_text("pytest==1.0\nno-such-package==1.0\n")
    finding = machine.packages(root)
    assert (finding.right, "pytest is " in finding.told, finding.mend) == (
        False,
        True,
        "Run `make setup`",
    )
    assert "no-such-package" not in finding.told


def test_a_reports_folder_without_room_or_leave_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.reports(root / "reports").right
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1024 * 1024))
    assert "1 MB free" in machine.reports(root / "reports").told
    assert not machine.reports(root / "reports").right
    (root / "file").write_text("")
    inside = machine.reports(root / "file" / "reports")
    assert (inside.right, "--reports" in inside.mend) == (False, True)


def test_a_lease_folder_that_cannot_be_written_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine.leases().right
    (root / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(root / "file"))
    assert (machine.leases().right, "XDG_STATE_HOME" in machine.leases().mend) == (False, True)


def test_what_earlier_runs_left_behind_is_told(root: Path) -> None:
    run = root / "reports" / "261121-101500-4f2a"
    run.mkdir(parents=True)
    line = {"what": "made", "kind": "thing", "name": "x", "role": None, "id": "t1"}
    (run / "ledger.jsonl").write_text(json.dumps(line) + "\n")
    finding = machine.leftovers(root / "reports")
    assert (finding.right, "261121-101500-4f2a: 1" in finding.told) == (False, True)
    (run / "ledger.jsonl").write_text(
        f"{json.dumps(line)}\n{json.dumps(line | {'what': 'removed'})}\n"
    )
    assert machine.leftovers(root / "reports").right


def test_a_machine_that_is_offline_and_a_closed_address_are_told(
    root: Path, product: Product
) -> None:
    described(root, 'urls.api = "http://127.0.0.1:9"', 'control = ["http://127.0.0.1:9/"]')
    findings = found(root)
    assert "seems to be offline" in findings["control address"].told
    assert "127.0.0.1:9" in findings["address urls.api"].told
    assert not findings["clock"].right
    assert not any(findings[name].right for name in ("control address", "address urls.api"))
    described(root, f'urls.api = "{product.url}"')
    assert found(root)["control address"].told == "none is declared"


def test_a_clock_that_is_wrong_is_told(root: Path, product: Product) -> None:
    product.ahead = timedelta(minutes=2).total_seconds()
    described(root, *usual(product))
    finding = found(root)["clock"]
    assert (finding.right, "2 min 0 s behind the product's" in finding.told) == (False, True)
    assert "NTP" in finding.mend


def test_a_name_that_is_not_there_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described(root, 'urls.api = "http://api.nosuch.invalid"')

    def nowhere(*_: object, **__: object) -> list[object]:
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    finding = found(root)["DNS api.nosuch.invalid"]
    assert (finding.right, finding.told) == (False, "there is no such name")


@pytest.mark.parametrize(
    ("trusted", "days", "right", "told"),
    [
        (False, 60, False, "unable to get local issuer certificate"),
        (True, 60, True, "trusted, 60 days left"),
        (True, 5, False, "trusted, 5 days left"),
    ],
)
def test_a_certificate_that_nobody_trusts_or_that_runs_out_is_told(
    root: Path, trusted: bool, days: float, right: bool, told: str
) -> None:
    authority = Authority.make()
    file = authority.write(root)
    with shaking_hands(authority.server_context(root, days=days)) as url:
        described(root, f'urls.api = "{url}"', f'ca_file = "{file}"' if trusted else "")
        finding = found(root)["certificate urls.api"]
    assert (finding.right, bool(finding.mend)) == (right, not right)
    assert told in finding.told


def test_a_proxy_is_shown_without_its_login_and_its_trouble_told(
    root: Path, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy("refuses", product.url) as made:
        monkeypatch.setenv("HTTP_PROXY", made.url_with_login)
        described(root, 'urls.api = "http://product.test"', 'control = ["http://control.test/"]')
        findings = found(root)
    assert findings["proxy"].told.startswith(made.url)
    assert "does not reach product.test" in findings["address urls.api"].told
    assert LOGIN[1] not in str(findings)
    assert [one.told for one in machine.proxies(Proxies())] == ["none"]


def test_a_browser_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTDEPLOY_BROWSER", "/no/such/browser")
    findings = {one.what: one for one in examine(ROOT, "qumis", "sandbox")}
    browser = findings["browser"]
    assert (browser.right, browser.mend) == (False, "Mend the path")


@pytest.fixture
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test-secret-key")
    return lambda: None


@pytest.mark.usefixtures("credentials")
def test_each_group_of_permissions_is_tried_in_the_right_account_only(
    root: Path, product: Product, moto: str
) -> None:
    aws = (
        "[environments.qa.aws]",
        'region = "us-east-2"',
        f'endpoint_url = "{moto}/"',
        'lambdas.api = { name = "no-such-function" }',
        'queues.jobs = { name = "no-such-queue" }',
    )
    described(root, *usual(product), *aws, 'account = "123456789012"')
    findings = found(root)
    assert findings["AWS caller"].right
    assert findings["AWS cloudwatch"].told == "DescribeAlarms, GetMetricData"
    assert "lambda:GetFunctionConfiguration" in findings["AWS lambda"].told
    assert not any(findings[f"AWS {name}"].right for name in ("lambda", "sqs"))
    described(root, *usual(product), *aws, 'account = "999999999999"')
    findings = found(root)
    assert "declares 999999999999" in findings["AWS caller"].told
    assert not [name for name in findings if name in ("AWS lambda", "AWS cloudwatch")]


def test_a_token_that_is_refused_is_told_and_not_shown(
    root: Path, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("POSTMARK_TOKEN", "MAILBOX_TOKEN", "SENTRY_TOKEN", "FULLSTORY_KEY")
    for name in names:
        monkeypatch.setenv(f"DEMO_QA_{name}", f"s3cret-{name}")
    url = product.url
    described(
        root,
        *usual(product),
        f"secrets = {list(names)}",
        "[environments.qa.integrations]",
        f'postmark = {{ url = "{url}", mailbox_url = "{url}", recipient = "a@b.test" }}',
        f'sentry = {{ url = "{url}", organisation = "o", project = "p", trigger = "/t" }}',
        f'fullstory = {{ url = "{url}" }}',
        f'slack = {{ url = "{url}" }}',
    )
    product.status = 401
    findings = found(root)
    refused = ("Postmark", "mailbox", "Sentry", "FullStory")
    assert [findings[one].right for one in refused] == [False] * 4
    assert "Check the Sentry token" in findings["Sentry"].mend
    assert "not tried" in findings["Slack"].told
    assert "s3cret" not in str(findings)
    product.status, product.body = 200, b'{"Messages": [], "messages": [], "sessions": []}'
    assert [found(root)[one].right for one in refused] == [True] * 4
    assert set(product.heard) == {"GET"}


def test_the_table_fits_eighty_columns_and_ends_with_what_is_missing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "a-rather-long-name." * 4
    described(root, f'urls.api = "http://{long}invalid"', 'secrets = ["TOKEN"]')
    monkeypatch.chdir(root)
    assert cli.main(["doctor", "--system", "demo", "--env", "qa"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == list(head())
    assert max(map(len, lines)) <= 80
    assert any("MISSING" in line for line in lines)
    assert "of these are missing" in lines[-1]
    assert cli.main(["doctor", "--system", "demo", "--env", "qa", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {"what", "right", "told", "mend"} == set(rows[0])
