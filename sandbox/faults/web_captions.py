"""Changes of captions, which are no faults of the product: whoever looks for the old ones has to follow."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class CaptionRenamed(WebChangeFault):
    id: ClassVar[str] = "web.caption-renamed"
    title: ClassVar[str] = "The button Generate analysis is called Create report"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-forms.js", '"Generate analysis"', '"Create report"'),
    )
