"""What was left raw in a custom report is told from the language of insurance."""

from __future__ import annotations

import pytest

from tests.e2e.qumis.test_custom_report import RAW


@pytest.mark.parametrize(
    "text",
    [
        "Prepared for {{recipient.name}}",
        "Prepared for\n[Recipient Name]",
        "[Insert the broker here]",
        "[policy_number]",
        "Dear <<Recipient>>,",
        "Dear %RECIPIENT%,",
        "Dear __NAME__,",
        "first<BR>second",
        "<B>Limits</b>",
        "see [the policy](https://qumis.example/1)",
        "| --- | --- |",
        "* one\n* two",
        "Recipient: undefined",
        "General Aggregate\tnull",
        "nil",
        "$NaN",
    ],
)
def test_what_was_left_raw_is_found(text: str) -> None:
    assert RAW.search(f"Overview\n{text}\nLimits")


@pytest.mark.parametrize(
    "text",
    [
        "Retroactive date: None",
        "None",
        "The cover is null and void.",
        "Deductible: nil",
        "terms left undefined by the policy",
        "10% OF THE LIMIT, 20% OF LOSS",
        "the insured[sic] and the [Named Insured], see [Page 3] and [Reserved]",
        "CG 20 10 04 13 - Additional Insured",
        "* Subject to the General Aggregate\nLimits",
        "Signed ____ on ____Date____",
        "[X] Occurrence  [ ] Claims-made (see form CG 00 01)",
        "less than < 5 and > 3",
        "General Aggregate\t$2,417,000\t---",
    ],
)
def test_the_language_of_insurance_is_not_raw(text: str) -> None:
    assert not RAW.search(f"Overview\n{text}\nLimits")
