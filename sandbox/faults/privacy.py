"""Faults of whose things are whose: reports and chats that other people get at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.chats import Chat
from sandbox.product.people import Person
from sandbox.product.reports import Report

if TYPE_CHECKING:
    from sandbox.world import World


class ReportsOpenToAll(Fault):
    """An id that nobody can guess, and no wall besides."""

    id = "reports.open-to-all"
    title = "Whoever is signed in, be it elsewhere, may read a report whose address they have"

    def apply(self, world: World) -> None:
        put(world.reports, "may_see", lambda _person, _report: True)


class OtherReportsOpenToAll(Fault):
    """A wall that one kind of report has."""

    id = "reports.others-open-to-all"
    title = "Whoever is signed in, be it elsewhere, may read any report but a policy's analysis, by its address"

    def apply(self, world: World) -> None:
        def others(
            original: Callable[[Person, Report], bool], person: Person, report: Report
        ) -> bool:
            return report.kind != "analysis" or original(person, report)

        wrap(world.reports, "may_see", others)


class ReportsListedToAll(Fault):
    """A SELECT that lacks its WHERE."""

    id = "reports.listed-to-all"
    title = "The lists of reports name those of every organisation, which do not open"

    def apply(self, world: World) -> None:
        def everybodys(original: Callable[[Person], list[Report]], _person: Person) -> list[Report]:
            return [report for one in world.people.all() for report in original(one)]

        wrap(world.reports, "recent", everybodys)


class ReportFilesWithoutSession(Fault):
    """A store whose addresses are taken for secrets."""

    id = "reports.files-without-session"
    title = "A report's PDF is given to everybody who has no session"

    def apply(self, world: World) -> None:
        async def given(request: Request) -> Response | None:
            *_, report_id, file = ["", *request.url.path.split("/")]
            if file != "export.pdf" or request.cookies or "authorization" in request.headers:
                return None
            body = world.exports.pdf(world.reports.find(report_id))
            return Response(body, media_type="application/pdf")

        world.interceptors.add("api", given)


class ChatsOpenToAll(Fault):
    """An id that nobody can guess, and no wall besides."""

    id = "chat.open-to-all"
    title = "Whoever is signed in, be it elsewhere, may read a chat whose address they have"

    def apply(self, world: World) -> None:
        def anybodys(original: Callable[[Person, str], Chat], person: Person, chat_id: str) -> Chat:
            owners = (
                one
                for one in world.people.all()
                for chat in world.chats.own(one)
                if chat.id == chat_id
            )
            return original(next(owners, person), chat_id)

        wrap(world.chats, "get", anybodys)


class ChatsListedToAll(Fault):
    """A SELECT that lacks its WHERE."""

    id = "chat.listed-to-all"
    title = "The list of saved chats names those of every organisation, which do not open"

    def apply(self, world: World) -> None:
        def everybodys(original: Callable[[Person], list[Chat]], _person: Person) -> list[Chat]:
            return [chat for one in world.people.all() for chat in original(one)]

        wrap(world.chats, "saved", everybodys)
