"""The section `questions`: what a package or a grant can demand to know."""

import re

from policies.model import PolicyQuestion, QuestionKind
from policies.reading import Fields, Reader
from policies.sections.merged import Merged
from policies.yaml_nodes import Node

_KEYS = ("kind", "text", "help", "pattern", "choices")
_LONGEST_PATTERN = 200
_MOST_CHOICES = 30

# A group that repeats can take for ever on an answer made for it (`(a+)+$`); Python's engine has no time limit.
_ESCAPES_AND_CLASSES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def read_questions(merged: Merged, reader: Reader) -> dict[str, PolicyQuestion]:
    return {key: _read(reader, key, node) for key, _, node in merged.entries("questions", "a question's key")}


def _read(reader: Reader, key: str, node: Node) -> PolicyQuestion:
    fields = Fields(reader, node, f"the question `{key}`", known=_KEYS)
    kinds = tuple(kind.value for kind in QuestionKind)
    kind = fields.required("kind", lambda value: reader.reference(value, kinds, "`text` or `choice`"), "text")
    choices: dict[str, dict[str, str]] = {}
    pattern = fields.get("pattern")
    if kind == QuestionKind.CHOICE:
        choices = fields.required("choices", lambda value: _choices(reader, value), {})
        if pattern is not None:
            reader.problems.add(pattern.source, "`pattern` bounds a text; a choice has `choices`")
    elif kind == QuestionKind.TEXT and (of_text := fields.get("choices")) is not None:
        reader.problems.add(of_text.source, "`choices` belong to `kind: choice`")
    return PolicyQuestion(
        key=key,
        kind=QuestionKind(kind) if kind in kinds else QuestionKind.TEXT,
        text=fields.required("text", lambda value: reader.localised(value, "`text`"), {}),
        help=fields.optional("help", lambda value: reader.localised(value, "`help`"), {"": ""}),
        pattern=_pattern(reader, pattern) if pattern is not None and kind == QuestionKind.TEXT else None,
        choices=choices,
    )


def _choices(reader: Reader, node: Node) -> dict[str, dict[str, str]]:
    choices = {}
    for key, source, value in reader.mapping(node, "`choices`"):
        reader.check_key(key, source, "a choice's key")
        choices[key] = reader.localised(value, f"the choice `{key}`")
    if not 2 <= len(choices) <= _MOST_CHOICES:
        reader.problems.add(node.source, f"`choices` has 2 to {_MOST_CHOICES} choices, not {len(choices)}")
    return choices


def _pattern(reader: Reader, node: Node) -> str:
    pattern = reader.text(node, "`pattern`", longest=_LONGEST_PATTERN)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reader.problems.add(node.source, f"`pattern` is no regular expression: {error}")
        return ""
    if _REPEATED_GROUP.search(_ESCAPES_AND_CLASSES.sub("_", pattern)):
        reader.problems.add(
            node.source, "`pattern` repeats a group, which can take for ever on some answers; write it out instead"
        )
    return pattern
