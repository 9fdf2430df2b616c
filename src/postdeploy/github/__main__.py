"""`python -m postdeploy.github …`: the same as `postdeploy github …`, for a job that has nothing installed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from postdeploy.console import harmless_output
from postdeploy.errors import ConfigError
from postdeploy.github.command import add_arguments
from postdeploy.given import Parser


def main() -> int:
    """Run one command; 4 for a user's mistake."""
    parser = Parser(prog="python -m postdeploy.github", description=__doc__)
    add_arguments(parser)
    options = parser.parse_args()
    command: Callable[[argparse.Namespace], int] = options.command
    with harmless_output():
        try:
            return command(options)
        except ConfigError as error:
            print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
            return 4


if __name__ == "__main__":
    sys.exit(main())
