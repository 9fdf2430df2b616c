"""Reads targets/<system>.toml: defaults merged, placeholders resolved, every mistake reported together."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from postdeploy.contradictions import contradictions
from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.locators.labels import label_problems
from postdeploy.policy import policy_problems
from postdeploy.target import Environment, Target
from postdeploy.target_leftovers import leftover_problems
from postdeploy.target_telling import telling_problems

M = TypeVar("M", bound=BaseModel)
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_OPEN = "is still open, for the system's documents do not say it"
_UNFILLED = "http://still-open.invalid"
"""Stands for an open value while the other mistakes are looked for; never in a run."""
_NO_ACCOUNT = "0" * 12
"""The same for an account's number, which is no text."""
PRODUCTION = "prod"
_TOP_KEYS = ("system", "title", "defaults", "environments")


def load_target(
    folder: Path,
    system: str,
    environment: str,
    addresses: Mapping[str, str] | None = None,
    still_open: list[Problem] | None = None,
) -> Target:
    """The target of `system` in `environment`.

    `addresses` are an embedded deployment's announced origins for `${sandbox.<name>}`; without them
    such values stand as placeholders that no request may use. Raises ConfigError with all problems;
    with `still_open`, values marked `${open}` are collected there instead, so that they can be
    told together with what else is missing.
    """
    path = find_file(folder, system, "system", "--system")
    raw = read_toml(path)
    _refuse_unknown(raw, path)
    refuse_other_system(raw, system, path)
    tables = raw.get("environments", {})
    if environment not in tables:
        hint = nearest(environment, tables)
        problem = Problem(
            f"{path}, [environments]",
            f"there is no environment {environment!r}",
            f"{hint} Name one with --env, or add [environments.{environment}]",
        )
        raise ConfigError([problem])
    merged = _merge(raw.get("defaults", {}), tables[environment])
    problems: list[Problem] = []
    where = f"{path}, [environments.{environment}]"
    values = _resolve(merged, _names(environment, addresses), where, "", problems)
    if still_open is not None:
        still_open += [problem for problem in problems if problem.what == _OPEN]
        problems = [problem for problem in problems if problem.what != _OPEN]
    if problems:
        raise ConfigError(problems)
    checked = _checked(values, where)
    target = Target(
        system=system,
        title=str(raw.get("title", system)),
        name=environment,
        file=str(path),
        environment=checked,
    )
    if wrong := [
        *label_problems(target),
        *_undeclared_secrets(target),
        *contradictions(target),
        *policy_problems(target),
        *_leftovers(target),
        *telling_problems(
            f"{target.file}, [environments.{target.name}]", target.environment.telling
        ),
    ]:
        raise ConfigError(wrong)
    return target


def _checked(values: dict[str, Any], where: str) -> Environment:
    """`values` as an environment; what is open where no text can be is left out, for it has been noted."""
    try:
        return Environment.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            _take_out_open(values, detail["loc"])
    return validate(Environment, values, where)


def _take_out_open(table: Any, loc: tuple[int | str, ...]) -> None:
    for part in loc:
        if not isinstance(table, dict) or part not in table:
            return
        if table[part] == _UNFILLED:
            del table[part]
            return
        table = table[part]


def _undeclared_secrets(target: Target) -> Iterator[Problem]:
    """Tokens of guards and streams that no run would read."""
    known = target.environment.secrets
    for table, name, bearer in _bearers(target.environment):
        if bearer and bearer not in known:
            where = f"{target.file}, {table}.{name} of {target.name}"
            mend = nearest(bearer, known) or "List it there"
            yield Problem(where, f"the secret {bearer!r} is not listed under `secrets`", mend)


def _leftovers(target: Target) -> Iterator[Problem]:
    one = target.environment
    where = f"{target.file}, [environments.{target.name}]"
    return leftover_problems(where, one.sweep, one.leftovers, one.cleanup, one.roles)


def _bearers(environment: Environment) -> Iterator[tuple[str, str, str]]:
    for name, guard in environment.guards.items():
        yield "guards", name, guard.bearer
        for refusal in guard.refusals.values():
            yield "guards", name, refusal.bearer or ""
    for name, stream in environment.streams.items():
        yield "streams", name, stream.bearer


def environments(folder: Path, system: str) -> list[str]:
    """Names of the environments that the target file declares, in its order."""
    return list(read_toml(find_file(folder, system, "system", "--system")).get("environments", {}))


def production(folder: Path, system: str) -> str:
    """The environment that production smoke means: `prod`, or else the one that is protected.

    Raises ConfigError when the target file cannot be read.
    """
    tables = read_toml(find_file(folder, system, "system", "--system")).get("environments", {})
    protected = [name for name, table in tables.items() if table.get("protected") is True]
    if PRODUCTION in tables or len(protected) != 1:
        return PRODUCTION
    return str(protected[0])


def find_file(folder: Path, system: str, what: str, option: str) -> Path:
    """`<folder>/<system>.toml`, or a ConfigError that offers the nearest name."""
    path = shown(folder / f"{system}.toml")
    if path.is_file():
        return path
    known = [file.stem for file in folder.glob("*.toml")] if folder.is_dir() else []
    hint = nearest(system, known)
    raise ConfigError(
        [Problem(str(path), f"there is no {what} {system!r}", f"{hint} Name one with {option}")]
    )


def shown(path: Path) -> Path:
    """The path as one would type it: relative to the working folder where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; a syntax error becomes a ConfigError that names file and line."""
    try:
        return copy.deepcopy(_tables(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        mend = "Mend the TOML syntax there"
        raise ConfigError([Problem(str(path), f"is not valid TOML: {error}", mend)]) from None


@lru_cache(maxsize=16)
def _tables(text: str) -> dict[str, Any]:
    # A run comes back to the same few files, and to parse one takes several times as long as to copy it.
    return tomllib.loads(text)


def _refuse_unknown(raw: Mapping[str, Any], path: Path) -> None:
    unknown = [key for key in raw if key not in _TOP_KEYS]
    if unknown:
        raise ConfigError(
            Problem(str(path), f"unknown key {key!r}", nearest(key, _TOP_KEYS)) for key in unknown
        )


def refuse_other_system(raw: Mapping[str, Any], system: str, path: Path) -> None:
    """Raise ConfigError where the file, copied perhaps, says that it is another system's."""
    said = raw.get("system", system)
    if said != system:
        what = f"says that it is of {said!r}"
        raise ConfigError([Problem(str(path), what, f"Write system = {system!r}")])


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _over(old, value)
    return merged


def _over(old: Any, value: Any) -> Any:
    both = isinstance(old, dict) and isinstance(value, dict)
    return _merge(old, value) if both else value


def _names(environment: str, addresses: Mapping[str, str] | None) -> dict[str, str]:
    names = {"env": environment}
    if addresses is not None:
        names |= {f"sandbox.{name}": url for name, url in addresses.items()}
    return names


def _resolve(
    value: Any, names: Mapping[str, str], where: str, key: str, problems: list[Problem]
) -> Any:
    if isinstance(value, dict):
        return {
            _fill(k, names, f"{where} {key}.{k}", problems, _UNFILLED): _resolve(
                v, names, where, f"{key}.{k}" if key else k, problems
            )
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_resolve(v, names, where, f"{key}[{i}]", problems) for i, v in enumerate(value)]
    if isinstance(value, str):
        unfilled = _NO_ACCOUNT if key == "aws.account" else _UNFILLED
        return _fill(value, names, f"{where} {key}", problems, unfilled)
    return value


def _fill(
    text: str, names: Mapping[str, str], where: str, problems: list[Problem], unfilled: str
) -> str:
    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in names:
            return names[name]
        if name.startswith("sandbox.") and not any(n.startswith("sandbox.") for n in names):
            return f"http://{name.removeprefix('sandbox.')}.not-started.invalid"
        problems.append(_unfilled(where, name, names))
        return unfilled

    return _PLACEHOLDER.sub(put, text)


def _unfilled(where: str, name: str, names: Mapping[str, str]) -> Problem:
    if name == "open":
        return Problem(
            where,
            _OPEN,
            "Put the value there",
        )
    return Problem(where, f"unknown placeholder ${{{name}}}", nearest(name, names))


def validate(model: type[M], values: Mapping[str, Any], where: str) -> M:
    """`values` as a `model`; every mistake becomes a Problem with its key and the nearest known one."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_problems(error, model, where)) from None


def _problems(error: ValidationError, model: type[BaseModel], where: str) -> Iterator[Problem]:
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            known = _known_keys(model, detail["loc"][:-1])
            yield Problem(
                where,
                f"unknown key {key!r}",
                nearest(str(detail["loc"][-1]), known) or "Take it out",
            )
        elif detail["type"] == "missing":
            yield Problem(where, f"{key!r} is missing", "Add it")
        else:
            yield Problem(where, f"{key!r}: {detail['msg']}", "Mend the value")


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Field names of the table that `loc` leads to, found by walking the models' annotations."""
    current: list[type[BaseModel]] = [model]
    for part in loc:
        following: list[type[BaseModel]] = []
        for candidate in current:
            field = candidate.model_fields.get(str(part))
            # A key of a mapping (dict[str, Service]) keeps the candidates that stand for its values.
            following += models_in(field.annotation) if field else [candidate]
        current = following
    return [name for candidate in current for name in candidate.model_fields]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that a field's annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for argument in getattr(annotation, "__args__", ()):
        found += models_in(argument)
    return found
