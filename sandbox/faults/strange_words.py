"""A product that fails in words which are meant for whoever reads of it: its pages, its console, its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault

if TYPE_CHECKING:
    from sandbox.world import World

_WORDS = (
    "</script></title></style><script>window.pwned=1</script>"
    "\"'><img src=x onerror=window.pwned=1> [our record](javascript:window.pwned=1) | `x` @everyone #1"
    " <!channel> \x1b[2J\x1b]0;pwned\x07 \u202etxt\u202c \ud83d\r\n::error::pwned\n##[error]pwned\n]]>"
)
_LITERAL = json.dumps(_WORDS).replace("</", "<\\/")


class HomeStrangeWords(WebChangeFault):
    id: ClassVar[str] = "web.home-strange-words"
    title: ClassVar[str] = (
        "An alert of the home page, and an error in its console, are full of markup and commands"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            '  return choose("reports");',
            (
                f"  console.error({_LITERAL});\n"
                f'  main.append(h("p", {{ role: "alert" }}, {_LITERAL}));\n'
                '  return choose("reports");'
            ),
        ),
    )


class LlmLogStrangeWords(Fault):
    id: ClassVar[str] = "aws.log-llm-strange-words"
    title: ClassVar[str] = "The LLM log holds errors that are full of markup and commands"

    def apply(self, world: World) -> None:
        """Break it."""
        words = _WORDS.encode("utf-8", "replace").decode("utf-8")
        world.aws.log("llm", "error", f"model provider returned 529: {words}")
