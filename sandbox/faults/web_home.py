"""Faults of the home page: what it shows, where its tiles lead, and its console."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class HomeUncaughtError(WebChangeFault):
    id: ClassVar[str] = "web.home-uncaught-error"
    title: ClassVar[str] = "The home page throws an uncaught error two seconds after it has loaded"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "export default function home(view) {\n",
            (
                "export default function home(view) {\n"
                '  setTimeout(() => { throw new TypeError("tiles is not '
                'iterable"); }, 2000);\n'
            ),
        ),
    )


class HomeConsoleError(WebChangeFault):
    id: ClassVar[str] = "web.home-console-error"
    title: ClassVar[str] = "The home page writes an error to the console as it loads"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "export default function home(view) {\n",
            (
                "export default function home(view) {\n"
                '  console.error("feature flags could not be read");\n'
            ),
        ),
    )


class HomeBlank(WebChangeFault):
    id: ClassVar[str] = "web.home-blank"
    title: ClassVar[str] = "The script fails as it starts, and every page stays blank"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("main.js", "start();", "start(window.bootstrap.options);"),
    )


class HomeAlert(WebChangeFault):
    id: ClassVar[str] = "web.home-alert"
    title: ClassVar[str] = "The home page is there and says that something could not be loaded"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            '  return choose("reports");',
            (
                '  main.append(h("p", { role: "alert" }, "Your plan could not be loaded."));\n'
                '  return choose("reports");'
            ),
        ),
    )


class HomeSearchMissing(WebChangeFault):
    id: ClassVar[str] = "web.home-search-missing"
    title: ClassVar[str] = "The home page has no search bar"
    changes: ClassVar[tuple[Change, ...]] = (Change("pages/home.js", "searchForm(view),", ""),)


class HomeTileLeadsNowhere(WebChangeFault):
    id: ClassVar[str] = "web.home-tile-leads-nowhere"
    title: ClassVar[str] = "The tile Legal Search leads to an address that no page has"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("tools.js", '"/legal-search"', '"/legal-library"'),
    )


class HomeTileMissing(WebChangeFault):
    id: ClassVar[str] = "web.home-tile-missing"
    title: ClassVar[str] = "The tile Contracts is not on the home page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "tools.map(tile)",
            'tools.filter(({ name }) => name !== "Contracts").map(tile)',
        ),
    )


class HomeTileWithoutLink(WebChangeFault):
    id: ClassVar[str] = "web.home-tile-without-link"
    title: ClassVar[str] = "The tile Claims can be seen but is no link"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            '{ href, class: "tile"',
            '{ href: name === "Claims" ? null : href, class: "tile"',
        ),
    )


class HomeSearchDead(WebChangeFault):
    id: ClassVar[str] = "web.home-search-dead"
    title: ClassVar[str] = "The home page's search button does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            "    navigate(`/search?q=${encodeURIComponent(box.value.trim())}`);\n",
            "",
        ),
    )


class HomeSearchLosesWords(WebChangeFault):
    id: ClassVar[str] = "web.home-search-loses-words"
    title: ClassVar[str] = "The home page's search bar leads to the results of no words at all"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/home.js", "navigate(`/search?q=", "navigate(`/search?query="),
    )


class RecentChatsShowReports(WebChangeFault):
    id: ClassVar[str] = "web.recent-chats-show-reports"
    title: ClassVar[str] = "The toggle Chats of Recent lists reports"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/home.js", "recent?kind=${kind}", "recent?kind=reports"),
    )


class RecentLacksNewest(WebChangeFault):
    id: ClassVar[str] = "web.recent-lacks-newest"
    title: ClassVar[str] = "Recent leaves out the newest entry"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/home.js", "items.map(recentItem)", "items.slice(1).map(recentItem)"),
    )
