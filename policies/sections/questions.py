"""The sections `questions` and `terms`: what a package, a partner, a grant or a tighten can demand."""

import re

from policies.model import PolicyQuestion, QuestionKind
from policies.reading import Fields, Reader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.yaml_nodes import Node, ScalarNode

_KEYS = ("kind", "text", "help", "pattern", "choices", "least", "most")
_TERMS_KEYS = ("text", "help", "version", "link")
_GREATEST = 10**12
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_KINDS = tuple(kind.value for kind in QuestionKind if kind is not QuestionKind.TERMS)
_LONGEST_PATTERN = 200
_MOST_CHOICES = 30

# A group that repeats can take for ever on an answer made for it (`(a+)+$`); Python's engine has no time limit.
_ESCAPES_AND_CLASSES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def read_questions(merged: Merged, reader: Reader, names: Names) -> dict[str, PolicyQuestion]:
    """Questions and terms by key; the two share their keys, for both are demanded and answered."""
    questions = {}
    for key, source, node in merged.entries("questions", "a question's key"):
        names.sources[f"questions.{key}"] = source
        questions[key] = _read(reader, key, node)
    for key, source, node in merged.entries("terms", "a key of terms"):
        if key in questions:
            reader.problems.add(source, f"`{key}` is a question already; terms need a key of their own")
        names.sources[f"questions.{key}"] = source
        questions[key] = _read_terms(reader, key, node)
    return questions


def demanded(reader: Reader, names: Names, fields: Fields) -> tuple[str, ...]:
    """The keys of what `questions` and `terms` of these fields demand, in that order."""
    terms = {key: each for key, each in names.questions.items() if each.kind is QuestionKind.TERMS}
    questions = {key: each for key, each in names.questions.items() if key not in terms}
    asked = fields.optional(
        "questions", lambda value: reader.references(value, questions, "a question of `questions`"), ()
    )
    to_accept = fields.optional("terms", lambda value: reader.references(value, terms, "terms of `terms`"), ())
    return (*asked, *to_accept)


def _read_terms(reader: Reader, key: str, node: Node) -> PolicyQuestion:
    fields = Fields(reader, node, f"the terms `{key}`", known=_TERMS_KEYS)
    return PolicyQuestion(
        key=key,
        kind=QuestionKind.TERMS,
        text=fields.required("text", lambda value: reader.localised(value, "`text`"), {}),
        help=fields.optional("help", lambda value: reader.localised(value, "`help`"), {"": ""}),
        choices={},
        version=fields.required("version", lambda value: _version(reader, value), ""),
        link=fields.required("link", lambda value: reader.https(value, "`link`"), ""),
    )


def _version(reader: Reader, node: Node) -> str:
    # A version such as 3 or 2026-02 is a text, however YAML reads it.
    text = node.raw if isinstance(node, ScalarNode) else ""
    if not _VERSION.fullmatch(text):
        reader.problems.add(
            node.source, "`version` is written in letters, digits, dots and hyphens (40 at most), such as 2026-02"
        )
    return text


def _read(reader: Reader, key: str, node: Node) -> PolicyQuestion:
    fields = Fields(reader, node, f"the question `{key}`", known=_KEYS)
    one_of = ", ".join(f"`{kind}`" for kind in _KINDS)
    kind = fields.required("kind", lambda value: reader.reference(value, _KINDS, f"one of {one_of}"), "text")
    choices: dict[str, dict[str, str]] = {}
    pattern = fields.get("pattern")
    if kind == QuestionKind.CHOICE:
        choices = fields.required("choices", lambda value: _choices(reader, value), {})
        if pattern is not None:
            reader.problems.add(pattern.source, "`pattern` bounds a text; a choice has `choices`")
    elif kind in _KINDS:
        _refuse(reader, fields, kind, "choices", QuestionKind.CHOICE)
        _refuse(reader, fields, kind, "pattern", QuestionKind.TEXT)
    for bound in ("least", "most"):
        _refuse(reader, fields, kind, bound, QuestionKind.NUMBER)
    return PolicyQuestion(
        key=key,
        kind=QuestionKind(kind) if kind in _KINDS else QuestionKind.TEXT,
        text=fields.required("text", lambda value: reader.localised(value, "`text`"), {}),
        help=fields.optional("help", lambda value: reader.localised(value, "`help`"), {"": ""}),
        pattern=_pattern(reader, pattern) if pattern is not None and kind == QuestionKind.TEXT else None,
        choices=choices,
        least=fields.optional("least", lambda value: _bound(reader, value, "`least`"), None),
        most=fields.optional("most", lambda value: _bound(reader, value, "`most`"), None),
    )


def _bound(reader: Reader, node: Node, what: str) -> int:
    return reader.integer(node, what, least=-_GREATEST, most=_GREATEST)


def _refuse(reader: Reader, fields: Fields, kind: str, key: str, belongs_to: QuestionKind) -> None:
    found = fields.get(key)
    if found is not None and kind in _KINDS and kind != belongs_to:
        reader.problems.add(found.source, f"`{key}` belongs to `kind: {belongs_to}`")


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
