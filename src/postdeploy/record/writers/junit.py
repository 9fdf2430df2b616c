"""The record as JUnit XML, each checklist item a test case, for tools that read nothing else."""

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from postdeploy.outcome import Outcome, Weight
from postdeploy.plain import one_line, plain_text
from postdeploy.record.model import Item, Record, Row
from postdeploy.record.writers.wording import verdict_told, versions

SKIPPED: Final = frozenset({Outcome.NOT_APPLICABLE, Outcome.WAIVED, Outcome.NOT_RUN})


def render(record: Record) -> str:
    """The record as JUnit XML text."""
    suites = Element("testsuites", name=one_line(_name(record)))
    for row in record.rows:
        _suite(suites, row, record)
    _total(suites, list(suites))
    indent(suites)
    body = tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _name(record: Record) -> str:
    return f"postdeploy {record.system} {record.environment}"


def element_of(item: Item, *, partial: bool = False) -> str:
    """The name of the element that tells the outcome of an item; empty when it passed."""
    if item.outcome is Outcome.FAILED and item.weight is not Weight.B:
        return "failure"
    if item.outcome in (Outcome.FAILED, Outcome.BLOCKED):
        return "error"
    if item.outcome is Outcome.NOT_RUN and item.required and not partial:
        return "error"  # a reader of JUnit takes what is skipped for harmless
    return "skipped" if item.outcome in SKIPPED else ""


def _suite(parent: Element, row: Row, record: Record) -> None:
    suite = SubElement(parent, "testsuite", name=one_line(row.title))
    suite.set("timestamp", record.started.strftime("%Y-%m-%dT%H:%M:%S"))
    properties = SubElement(suite, "properties")
    for name, value in _facts(record):
        SubElement(properties, "property", name=name, value=one_line(value))
    for item in row.items:
        _case(suite, row, item, partial=record.partial)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _facts(record: Record) -> Iterable[tuple[str, str]]:
    return (
        ("verdict", verdict_told(record)),
        ("run", record.run_id),
        ("version", versions(record)),
        ("scope", record.scope),
    )


def _case(suite: Element, row: Row, item: Item, *, partial: bool) -> None:
    case = SubElement(suite, "testcase", name=one_line(item.id), classname=one_line(row.title))
    case.set("time", f"{_seconds(item):.3f}")
    tag = element_of(item, partial=partial)
    if tag:
        told = SubElement(case, tag, message=one_line(_message(item)))
        told.set("type", f"{item.outcome.value}, weight {item.weight.value}")
        told.text = _details(item)
    elif item.outcome is not Outcome.PASSED:
        SubElement(case, "system-out").text = plain_text(f"{item.outcome.value}: {item.note}")


def _message(item: Item) -> str:
    said = item.note or item.outcome.value
    if item.waiver is None or not item.waiver.used:
        return said
    return f"waived until {item.waiver.until} by {item.waiver.owner} ({item.waiver.reason}): {said}"


def _details(item: Item) -> str:
    parts = (
        ("", item.title),
        ("expected: ", item.expected),
        ("observed: ", item.observed),
        ("to do: ", item.remediation),
        ("check: ", ", ".join(dict.fromkeys(one.check for one in item.attempts))),
    )
    return plain_text("\n".join(f"{label}{text}" for label, text in parts if text))


def _seconds(item: Item) -> float:
    return sum(
        max((one.ended - one.started).total_seconds(), 0.0)
        for one in item.attempts
        if one.started and one.ended
    )


def _total(parent: Element, suites: Iterable[Element]) -> None:
    suites = list(suites)
    for name in ("tests", "failures", "errors", "skipped"):
        parent.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
