"""What is told to GitHub: one status for a deployment, one issue for an environment, whatever GitHub answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from postdeploy import cli
from postdeploy.gate import Gate
from postdeploy.github.deployments import tell_deployment
from postdeploy.github.interface import Refused, Repository
from postdeploy.github.issues import LABEL, Board
from postdeploy.outcome import Verdict
from postdeploy.settings import GitHubAccess
from selftests.unit.ci_runner import commands
from selftests.unit.test_github_report import run_of
from selftests.workflows.github_standin import REPOSITORY, TOKEN, GitHub, standing_in

RUN = "https://github.example/acme/product/actions/runs/4711"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with standing_in() as github:
        yield github


@dataclass
class Nights:
    """One night after the other."""

    github: GitHub
    folder: Path
    number: int = 0

    def night(self, verdict: str, name: str = "demo-qa") -> str:
        """What the night does about a verdict; each has a board of its own."""
        from postdeploy.gate import Wanted, look

        self.number += 1
        gate = look(run_of(self.folder / str(self.number), verdict), Wanted(versions={}))
        return self.tell(gate, name)

    def tell(self, gate: Gate, name: str = "demo-qa") -> str:
        with repository(self.github) as there:
            return Board(there).tell(name, gate, RUN)


def repository(github: GitHub) -> Repository:
    return Repository(
        GitHubAccess(
            github_api_url=github.url,
            github_repository=REPOSITORY,
            github_token=SecretStr(TOKEN),
        )
    )


@pytest.fixture
def nights(github: GitHub, tmp_path: Path) -> Nights:
    return Nights(github, tmp_path)


def test_one_issue_tells_of_changes_alone_and_is_opened_again(nights: Nights) -> None:
    verdicts = ("GO", "ROLLBACK", "ROLLBACK", "NO-GO", "GO", "GO", "BLOCKED")
    done = [nights.night(verdict) for verdict in verdicts]
    assert done == [
        "no issue to close",
        "opened issue 1",
        "nothing new in issue 1",
        "told of the change in issue 1",
        "closed issue 1",
        "no issue to close",
        "opened issue 1 again",
    ]
    (issue,) = nights.github.issues
    assert (issue["state"], issue["title"]) == ("open", "postdeploy: demo-qa is BLOCKED")
    first, second, third = nights.github.comments[1]
    assert "Now **NO-GO**" in first
    assert "GO" in second
    assert "Red since this night: `health.app`" in third


def test_words_of_strangers_close_no_mark_and_call_nobody(nights: Nights) -> None:
    nights.night("ROLLBACK")
    (issue,) = nights.github.issues
    assert issue["body"].count("<!--") == issue["body"].count("-->") == 1
    assert "@team" not in issue["body"]
    assert "<img" not in issue["body"]


def test_environments_have_issues_of_their_own_and_foreign_ones_are_left_alone(
    nights: Nights,
) -> None:
    nights.github.issues.append(
        {"number": 1, "state": "open", "labels": [{"name": LABEL}], "body": "by a person"}
    )
    nights.night("ROLLBACK", "demo-qa")
    nights.night("ROLLBACK", "demo-prod")
    nights.night("GO", "demo-prod")
    states = [(one["number"], one["state"]) for one in nights.github.issues]
    assert states == [(1, "open"), (2, "open"), (3, "closed")]


def test_an_issue_on_a_further_page_is_found(nights: Nights) -> None:
    nights.night("ROLLBACK")
    filler = {"state": "closed", "labels": [{"name": LABEL}], "body": ""}
    nights.github.issues += [{**filler, "number": number} for number in range(2, 140)]
    assert nights.night("ROLLBACK") == "nothing new in issue 1"


def test_a_label_that_was_dropped_is_given_again(nights: Nights) -> None:
    nights.github.drops_labels = True
    nights.night("ROLLBACK")
    assert nights.night("ROLLBACK") == "nothing new in issue 1"
    assert nights.github.labels == {LABEL}


def test_a_question_is_put_again_and_a_change_is_not(nights: Nights) -> None:
    nights.github.broken = 2
    assert nights.night("ROLLBACK") == "opened issue 1"
    nights.github.requests.clear()
    nights.github.broken = 3
    with pytest.raises(Refused, match="GET issues was answered with 502: Bad Gateway"):
        nights.night("GO")
    assert [method for method, _, _ in nights.github.requests] == ["GET"] * 3


def test_what_one_issue_refuses_keeps_no_other_from_being_told(
    github: GitHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for key, told in (("API_URL", github.url), ("REPOSITORY", REPOSITORY), ("TOKEN", TOKEN)):
        monkeypatch.setenv(f"GITHUB_{key}", told)
    github.refuses = "issues/1"
    github.labels = {LABEL}
    mark = "<!-- postdeploy-nightly demo-qa verdict=NO-GO red= -->"
    github.issues.append({"number": 1, "state": "open", "labels": [{"name": LABEL}], "body": mark})
    targets = [{"system": "demo", "environment": name} for name in ("qa", "prod")]
    code = cli.main(["github", "issues", str(tmp_path), f"--matrix={json.dumps(targets)}"])
    said = capfd.readouterr()
    assert code == 1
    assert [one["title"] for one in github.issues[1:]] == ["postdeploy: demo-prod is BLOCKED"]
    assert [one.name for one in commands(said.out)] == ["warning"]
    assert TOKEN not in said.out + said.err


STATES = {"GO": "success", "NO-GO": "failure", "ROLLBACK": "failure", "BLOCKED": "error"}


@pytest.mark.parametrize("verdict", STATES)
def test_a_deployment_has_the_verdict_as_its_status(github: GitHub, verdict: str) -> None:
    gate = Gate(Verdict(verdict), "because\n" + "x" * 300, Path("nowhere"))
    with repository(github) as there:
        assert tell_deployment(there, gate, "demo-qa", "77", "4f2a9c1", RUN) == "77"
        made = tell_deployment(there, gate, "demo-qa", "", "4f2a9c1", RUN)
        assert tell_deployment(there, gate, "demo-qa", "none", "4f2a9c1", RUN) == ""
    (status,) = github.statuses["77"]
    assert github.statuses[made] == [status]
    assert (status["state"], status["auto_inactive"]) == (STATES[verdict], False)
    assert status["description"].startswith(f"postdeploy: {verdict}. because x")
    assert len(status["description"]) <= 140
    (deployment,) = github.deployments
    told = {key: deployment[key] for key in ("task", "ref", "environment", "auto_merge")}
    assert told == {
        "task": "postdeploy",
        "ref": "4f2a9c1",
        "environment": "demo-qa",
        "auto_merge": False,
    }


def test_what_the_runner_did_not_hand_over_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("API_URL", "REPOSITORY", "TOKEN"):
        monkeypatch.delenv(f"GITHUB_{key}", raising=False)
    assert cli.main(["github", "issues", str(tmp_path), "--matrix=[]"]) == 4
    said = capsys.readouterr().err
    assert all(f"GITHUB_{key}" in said for key in ("API_URL", "REPOSITORY", "TOKEN"))
