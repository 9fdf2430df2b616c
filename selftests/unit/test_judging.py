"""An exception speaks against the product, or says that something could not be observed."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from postdeploy.check import Judgement
from postdeploy.errors import NotSeen, ProbeError, Unreachable
from postdeploy.flow import Flow
from postdeploy.gateway import Disturbances
from postdeploy.judging import judge, sentence
from postdeploy.launching import BrowserOptions
from postdeploy.outcome import Outcome
from postdeploy.policy import Permit
from postdeploy.probes.http import NoAnswer
from postdeploy.probes.names import is_address
from postdeploy.probes.proxy import Proxies
from postdeploy.redact import Redactor
from postdeploy.waiting import DeadlineError

FAILED, BLOCKED = Outcome.FAILED, Outcome.BLOCKED


class Page:
    """A page that can be photographed, or not."""

    def __init__(self, error: Exception | None = None) -> None:
        self.url = "https://app.example/documents"
        self.error = error
        self.masked: list[str] = []

    def is_closed(self) -> bool:
        return False

    def locator(self, selector: str) -> str:
        return selector

    @property
    def frames(self) -> list[Page]:
        """Its only frame is itself."""
        return [self]

    def is_detached(self) -> bool:
        return False

    async def evaluate(self, _: str) -> list[str]:
        return ["Documents", "12 of them"]

    async def screenshot(self, mask: list[str], **_: object) -> bytes:
        if self.error is not None:
            raise self.error
        self.masked = mask
        return b"picture"


class Scene:
    """As much of a flow and its run as a judge looks at."""

    def __init__(
        self,
        folder: Path,
        *,
        online: bool | None = True,
        page: Page | None = None,
        crashes: int = 0,
        screenshot: str = "only-on-failure",
    ) -> None:
        (folder / "evidence").mkdir(exist_ok=True)
        options = BrowserOptions(screenshot=screenshot)
        self.online = online
        self.disk: list[OSError] = []
        self.environment = SimpleNamespace(
            control=["https://control.test/"], bounds=SimpleNamespace(check_seconds=5)
        )
        self.run = SimpleNamespace(
            proxies=Proxies(),
            folder=folder,
            is_online=self._is_online,
            note_disk=self.disk.append,
            redactor=Redactor(["secret-token"]),
            browser=SimpleNamespace(crashes=crashes, options=options),
        )
        self.contexts: list[Any] = [SimpleNamespace(pages=[page])] if page else []
        self.crashes_before = 0
        self.permit = Permit()
        self.last_request = "curl -i https://api.example/"
        self.crashed = self.broke = False
        self.gateway = Disturbances()

    async def _is_online(self) -> bool | None:
        return self.online

    def judge(self, error: BaseException) -> Judgement:
        return asyncio.run(judge(cast(Flow, self), error))


class Resolver:
    """A machine's resolver: it knows every name unless told otherwise."""

    def __init__(self) -> None:
        self.errors: dict[str, int] = {}

    def __call__(self, host: str, *_: object, **__: object) -> list[object]:
        error = self.errors.get(host) or self.errors.get("*")
        if error is not None and not is_address(host):
            raise socket.gaierror(error, "no such luck")
        return []


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver()
    monkeypatch.setattr("socket.getaddrinfo", made)
    return made


REFUSED = Unreachable("https://api.example/", "ConnectError: refused")
LOST = BrowserError("Page.goto: net::ERR_CONNECTION_REFUSED at https://app.example/")


@pytest.mark.parametrize(
    ("error", "outcome", "note"),
    [
        (AssertionError("3 is not 4"), FAILED, "3 is not 4"),
        (AssertionError("alerts: Connection closed"), FAILED, "alerts: Connection closed"),
        (DeadlineError("ready", 5, "Processing"), FAILED, "ready: not within 5 s"),
        (pytest.fail.Exception("wrong price"), FAILED, "wrong price"),
        (pytest.skip.Exception("no data"), BLOCKED, "a check may not skip"),
        (pytest.xfail.Exception("known"), BLOCKED, "a check may not skip"),
        (NoAnswer("GET / gave no answer"), FAILED, "GET / gave no answer"),
        (BrowserTimeout("Locator.click: Timeout 5000ms exceeded."), FAILED, "Locator.click"),
        (
            BrowserError("Locator.check: Clicking the checkbox did not change its state"),
            FAILED,
            "did not change its state",
        ),
        (REFUSED, FAILED, "could not be reached (ConnectError: refused), while the control"),
        (LOST, FAILED, "net::ERR_CONNECTION_REFUSED at https://app.example/, while the control"),
        (ProbeError("no permission", mend="Grant it"), BLOCKED, "no permission. Grant it"),
        (KeyError("figure"), BLOCKED, "the check itself broke: KeyError: 'figure'"),
        (BrowserError("strict mode violation"), BLOCKED, "the check itself broke: strict mode"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, BaseException) else "",
)
def test_while_the_runner_is_online(
    tmp_path: Path, error: BaseException, outcome: Outcome, note: str
) -> None:
    judgement = Scene(tmp_path).judge(error)
    assert judgement.outcome is outcome
    assert judgement.final is (type(error) in (AssertionError, pytest.fail.Exception))
    assert note in judgement.note


@pytest.mark.parametrize("error", [REFUSED, LOST, NoAnswer("silence")], ids=type)
def test_silence_is_not_the_products_while_the_runner_is_offline(
    tmp_path: Path, error: Exception
) -> None:
    judgement = Scene(tmp_path, online=False).judge(error)
    assert judgement.outcome is BLOCKED
    assert judgement.note.startswith("the runner is offline (no control address answers)")


def test_what_a_page_does_not_show_is_not_the_products_while_the_runner_is_offline(
    tmp_path: Path,
) -> None:
    shown = Scene(tmp_path, online=False, page=Page()).judge(AssertionError("empty list"))
    assert shown.outcome is BLOCKED


def test_a_wrong_figure_stays_wrong_while_the_runner_is_offline(tmp_path: Path) -> None:
    assert Scene(tmp_path, online=False).judge(AssertionError("3 is not 4")).outcome is FAILED


NAMELESS = BrowserError("Page.goto: net::ERR_NAME_NOT_RESOLVED at https://app.example/x")
JOURNEY = NotSeen("the form: https://app.example/x could not be opened: net::ERR_NAME_NOT_RESOLVED")


@pytest.mark.parametrize("error", [NAMELESS, JOURNEY, REFUSED], ids=["page", "journey", "http"])
@pytest.mark.parametrize(
    ("errors", "outcome", "note"),
    [
        (
            {"app.example": socket.EAI_NONAME, "api.example": socket.EAI_NONAME},
            FAILED,
            "while the control address answers",
        ),
        ({"*": socket.EAI_NONAME}, BLOCKED, "the DNS of this machine finds neither a"),
        ({"*": socket.EAI_AGAIN}, BLOCKED, "the DNS of this machine gives no answer about a"),
        (
            {"app.example": socket.EAI_AGAIN, "api.example": socket.EAI_AGAIN},
            BLOCKED,
            "Mend its resolver",
        ),
    ],
    ids=["no such host", "no such name at all", "no resolver", "no answer about the host"],
)
def test_that_a_name_is_not_there_counts_only_while_others_are_found(
    tmp_path: Path,
    resolver: Resolver,
    errors: dict[str, int],
    outcome: Outcome,
    note: str,
    error: Exception,
) -> None:
    resolver.errors = errors
    judgement = Scene(tmp_path).judge(error)
    assert (judgement.outcome, note in judgement.note) == (outcome, True), judgement.note


def test_a_control_address_without_a_name_says_nothing_of_names(
    tmp_path: Path, resolver: Resolver
) -> None:
    resolver.errors = {"api.example": socket.EAI_NONAME}
    scene = Scene(tmp_path)
    scene.environment.control = ["http://127.0.0.1:9/"]
    judgement = scene.judge(REFUSED)
    assert (judgement.outcome, "no control address has a name" in judgement.note) == (BLOCKED, True)


def test_behind_a_proxy_names_are_the_proxys_business(tmp_path: Path, resolver: Resolver) -> None:
    resolver.errors = {"*": socket.EAI_AGAIN}
    scene = Scene(tmp_path)
    scene.run.proxies = Proxies({"https": "http://127.0.0.1:3128"})
    assert scene.judge(REFUSED).outcome is FAILED


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("ERR_PROXY_CONNECTION_FAILED", BLOCKED),
        ("ERR_TUNNEL_CONNECTION_FAILED", BLOCKED),
        ("ERR_TOO_MANY_REDIRECTS", FAILED),
        ("ERR_CONTENT_DECODING_FAILED", FAILED),
        ("ERR_INCOMPLETE_CHUNKED_ENCODING", FAILED),
        ("ERR_CERT_DATE_INVALID", FAILED),
        ("ERR_BLOCKED_BY_CLIENT", BLOCKED),
    ],
)
def test_what_a_browser_says_of_a_connection_counts_by_whom_it_speaks_of(
    tmp_path: Path, said: str, outcome: Outcome
) -> None:
    error = BrowserError(f"Page.goto: net::{said} at https://app.example/\nCall log:\n  - x")
    judgement = Scene(tmp_path).judge(error)
    assert (judgement.outcome, said in judgement.note) == (outcome, True)
    assert ("proxy" in judgement.note) == ("PROXY" in said or "TUNNEL" in said)


def test_a_browser_that_cannot_take_the_way_of_the_proxy_says_nothing_of_the_host(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    scene.run.proxies = Proxies({"https": "http://runner:secret@127.0.0.1:3128"})
    judgement = scene.judge(NAMELESS)
    assert (judgement.outcome, "NO_PROXY" in judgement.note) == (BLOCKED, True)
    assert "secret" not in judgement.note


def test_a_proxy_that_wants_a_login_is_not_the_product(tmp_path: Path) -> None:
    scene = Scene(tmp_path, page=Page())
    scene.gateway.by_proxy.append("407 to http://app.example/")
    judgement = scene.judge(NotSeen("the login page: https://app.example/ answered 407"))
    assert (judgement.outcome, "wants a login" in judgement.note) == (BLOCKED, True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG])
def test_a_disk_that_takes_nothing_is_not_the_product(tmp_path: Path, number: int) -> None:
    scene = Scene(tmp_path)
    judgement = scene.judge(OSError(number, "no", "ledger.jsonl"))
    assert judgement.outcome is BLOCKED
    assert judgement.note.startswith("this machine's disk refuses it: ledger.jsonl: no; ")
    assert not scene.broke


def test_without_a_control_address_a_silent_host_is_not_blamed(tmp_path: Path) -> None:
    judgement = Scene(tmp_path, online=None).judge(REFUSED)
    assert (judgement.outcome, "no control address is declared" in judgement.note) == (
        BLOCKED,
        True,
    )


@pytest.mark.parametrize(
    "message",
    ["Target page, context or browser has been closed", "Target crashed", "Page crashed"],
)
def test_a_browser_that_went_away_is_not_the_product(tmp_path: Path, message: str) -> None:
    scene = Scene(tmp_path)
    judgement = scene.judge(BrowserError(f"Page.click: {message}"))
    assert (judgement.outcome, scene.crashed) == (BLOCKED, True)
    assert judgement.note.startswith("the browser went away")


def test_whatever_a_page_shows_after_its_browser_died_says_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, crashes=1, page=Page())
    assert scene.judge(AssertionError("empty")).outcome is BLOCKED
    assert scene.crashed


def test_a_check_without_pages_outlives_the_browser(tmp_path: Path) -> None:
    assert Scene(tmp_path, crashes=1).judge(AssertionError("3 is not 4")).outcome is FAILED


def test_a_check_that_broke_is_marked_and_shows_where_without_secrets(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(ValueError, match="not a number") as broken:
        raise ValueError("secret-token is not a number")
    evidence = scene.judge(broken.value).evidence
    assert scene.broke
    assert (evidence[-1].title, "test_judging.py" in evidence[-1].text) == (
        "Where the check broke",
        True,
    )
    assert "secret-token" not in evidence[-1].text


def test_the_evidence_is_request_address_and_picture(tmp_path: Path) -> None:
    page = Page()
    evidence = Scene(tmp_path, page=page).judge(AssertionError("wrong")).evidence
    assert [(one.kind, one.text) for one in evidence[:2]] == [
        ("curl", "curl -i https://api.example/"),
        ("link", "https://app.example/documents"),
    ]
    assert (tmp_path / evidence[2].path).read_bytes() == b"picture"
    words = (tmp_path / evidence[2].path).with_suffix(".txt").read_text()
    assert words == "Documents\n12 of them"
    assert page.masked == ["input[type=password]"]


def test_a_picture_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    page = Page(BrowserTimeout("Page.screenshot: Timeout 5000ms exceeded."))
    evidence = Scene(tmp_path, page=page).judge(AssertionError("wrong")).evidence
    assert (evidence[2].title, evidence[2].path) == ("No screenshot", "")


def test_a_picture_that_the_disk_does_not_take_leaves_the_failure_and_forbids_a_go(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path, page=Page(OSError(errno.ENOSPC, "No space left on device")))
    judgement = scene.judge(AssertionError("wrong"))
    assert (judgement.outcome, judgement.note) == (FAILED, "wrong")
    assert "free some space" in judgement.evidence[2].text
    assert len(scene.disk) == 1


def test_pictures_can_be_switched_off(tmp_path: Path) -> None:
    scene = Scene(tmp_path, page=Page(), screenshot="off")
    assert [one.kind for one in scene.judge(AssertionError()).evidence] == ["curl", "link"]


@pytest.mark.parametrize(
    ("error", "lines", "told"),
    [
        (AssertionError("a\nb\nc"), 2, "a\nb"),
        (AssertionError("expected x\nCall log:\n  - waiting"), 6, "expected x"),
        (
            BrowserTimeout(
                "Page.goto: Timeout 9ms exceeded.\nCall log:\n  - navigating to X\n  - y"
            ),
            6,
            "Page.goto: Timeout 9ms exceeded. navigating to X",
        ),
        (AssertionError(), 6, "AssertionError"),
    ],
)
def test_an_error_is_told_by_its_first_lines(error: Exception, lines: int, told: str) -> None:
    assert sentence(error, lines) == told
