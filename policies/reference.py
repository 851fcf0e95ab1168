"""The table of facts as documentation, and the schema of policy files for editors: both made from the table itself."""

from collections.abc import Iterable

from bot.domain.findings import Effect
from policies.facts import FACTS, Fact, FactKind
from policies.facts import Names as NamesOf
from policies.model import ANSWER, QuestionKind
from policies.operators import OPERATORS, Operator, Takes
from policies.sections import ready_made
from policies.sections.merged import SECTIONS
from policies.wording import LANGUAGES

BEGIN = "<!-- facts: written by `python app.py policy facts` -->"
END = "<!-- end of facts -->"

Schema = dict[str, object]

_WRITTEN = {
    FactKind.TEXT: "a text",
    FactKind.NUMBER: "a whole number",
    FactKind.DAYS: "days: `90`, `90d` or `12w`",
    FactKind.YES_NO: "`true` or `false`",
    FactKind.TEXTS: "a list",
    FactKind.DOMAIN: "a domain, or `*.domain` for its sub-domains only; both forms of an internationalised one",
    FactKind.DATE: "`2026-02-20`",
    FactKind.MOMENT: "`2026-02-20T18:30`",
}


def fact_table() -> str:
    """Every fact, what it is and what it can be; then every comparison word. In Markdown."""
    lines = ["| fact | kind | what it is |", "|---|---|---|"]
    for name, fact in FACTS.items():
        lines.append(f"| `{name}` | {fact.kind} | {fact.meaning}{_can_be(fact)} |")
    lines.append(
        f"| `{ANSWER}<question>` | as its question | The answer to this question of `questions:`, or whether these "
        "terms of `terms:` are accepted. |"
    )
    lines += ["", "| kind | written as | comparison words |", "|---|---|---|"]
    for kind, operators in OPERATORS.items():
        words = ", ".join(f"`{word}`" for word in operators)
        lines.append(f"| {kind} | {_WRITTEN[kind]} | {words} |")
    return "\n".join(lines)


def _can_be(fact: Fact) -> str:
    if fact.values:
        return f" One of {', '.join(f'`{value}`' for value in fact.values)}."
    return f" Names of `{fact.names}`." if fact.names and fact.names is not NamesOf.CLASSES else ""


def schema() -> Schema:
    """JSON Schema (2020-12) of one policy file, for editors; what names refer to is checked at load only."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Partner Access policy",
        "type": "object",
        "additionalProperties": False,
        "properties": {section: _SECTIONS.get(section, {}) for section in SECTIONS},
        "$defs": {"condition": _condition(), "text": _TEXT, "limits": _LIMITS},
    }


def _object(properties: Schema, *required: str, more: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": more,
    }


def _by_key(each: Schema) -> Schema:
    return {"type": "object", "propertyNames": _KEY, "additionalProperties": each}


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _one_of(values: Iterable[str]) -> Schema:
    return {"enum": list(values)}


_KEY: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$"}
_GUID: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"}
_TEXT: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {**_object({language: {"type": "string"} for language in LANGUAGES}), "minProperties": 1},
    ]
}
_LIMITS: Schema = _object(
    {
        "max_days": {"type": "integer", "minimum": 1, "maximum": 3650},
        "justification": {"type": "integer", "minimum": 1, "maximum": 500},
    }
)
_A_TEXT: Schema = {"$ref": "#/$defs/text"}
_KEYS: Schema = _list({"type": "string"})
_DEMANDS: Schema = {"questions": _KEYS, "terms": _KEYS}
_WHEN: Schema = {"$ref": "#/$defs/condition"}


def _value(fact: Fact) -> Schema:
    if fact.values:
        return _one_of(fact.values)
    match fact.kind:
        case FactKind.NUMBER:
            return {"type": "integer"}
        case FactKind.DAYS:
            return {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,4}[dw]$"}]}
        case FactKind.YES_NO:
            return {"type": "boolean"}
        case FactKind.DATE:
            return {"type": "string", "format": "date"}
    return {"type": "string"}


def _operand(fact: Fact, operator: Operator) -> Schema:
    if operator.takes is Takes.COUNT:
        return {"type": "integer", "minimum": 0}
    if operator.takes is Takes.MANY:
        return {"anyOf": [{"type": "string", "pattern": r"^\$"}, _list({"type": "string"})]}
    return _value(fact)


def _comparison(fact: Fact) -> Schema:
    operators = OPERATORS[fact.kind]
    words: Schema = {word: _operand(fact, operator) for word, operator in operators.items()}
    whole = {**_object(words), "minProperties": 1}
    short = [_value(fact)] if "is" in operators else []
    return {"description": fact.meaning, "anyOf": [*short, whole]}


def _condition() -> Schema:
    parts: Schema = {"any": _list(_WHEN), "all": _list(_WHEN), "not": _WHEN}
    facts: Schema = {name: _comparison(fact) for name, fact in FACTS.items()}
    return {
        **_object({**parts, **facts}),
        "patternProperties": {rf"^{ANSWER.replace('.', chr(92) + '.')}[a-z0-9]": {}},
        "minProperties": 1,
    }


def _rule() -> Schema:
    says: Schema = {"reason": _A_TEXT, "remedy": _A_TEXT}
    adds: Schema = {"route": _KEY, "limits": {"$ref": "#/$defs/limits"}, "obligations": _object(_DEMANDS)}
    effects: Schema = {
        Effect.DENY: _object(says, "reason"),
        Effect.GRANT: _object({**adds, **says}, "route"),
        Effect.TIGHTEN: _object({**adds, **says}, "reason"),
    }
    return {
        **_object({"id": _KEY, "when": _WHEN, "mode": {}, **effects}, "id", "when"),
        "oneOf": [{"required": [effect.value]} for effect in Effect],
    }


def _question() -> Schema:
    kinds = [kind.value for kind in QuestionKind if kind is not QuestionKind.TERMS]
    properties: Schema = {
        "kind": _one_of(kinds),
        "text": _A_TEXT,
        "help": _A_TEXT,
        "pattern": {"type": "string"},
        "choices": _by_key(_A_TEXT),
        "least": {"type": "integer"},
        "most": {"type": "integer"},
    }
    return _object(properties, "kind", "text")


_STAGE = _object(
    {
        "ask": _object({"group": _KEY, "who": _one_of(("sponsor.manager", "package.owner"))}),
        "approvals": {"type": "integer", "minimum": 1, "maximum": 10},
    },
    "ask",
)

_SECTIONS: dict[str, Schema] = {
    "groups": _by_key(_GUID),
    "lists": _by_key({**_list({"type": "string"}), "minItems": 1}),
    "questions": _by_key(_question()),
    "terms": _by_key(
        _object(
            {"text": _A_TEXT, "help": _A_TEXT, "version": {}, "link": {"type": "string", "pattern": "^https://"}},
            "text",
            "version",
            "link",
        )
    ),
    "access_packages": _by_key(
        _object(
            {
                "name": _A_TEXT,
                "description": _A_TEXT,
                "class": _KEY,
                "owner": _object({"group": _KEY}, "group"),
                "grants": _object({"groups": _KEYS, "app_roles": _list(_object({"app": _GUID, "role": _GUID}))}),
                **_DEMANDS,
            },
            "name",
            "class",
            "owner",
            "grants",
        )
    ),
    "routes": _by_key(
        _object(
            {
                "weight": {"type": "integer", "minimum": 0, "maximum": 1000},
                "channel": _KEY,
                "stages": _list(_STAGE),
                "deny_after": {"type": "string", "pattern": "^[1-9][0-9]{0,3}[hdw]$"},
                "reason_needed": {"type": "boolean"},
            },
            "weight",
            "stages",
        )
    ),
    "ready_made": _object(
        {
            "blocked_domains": {"anyOf": [{"type": "string", "pattern": r"^\$"}, _KEYS]},
            "look_alike_domains": {"const": True},
            "quotas": _object({quota: {"type": "integer", "minimum": 1} for quota in ready_made.QUOTAS}),
            "incompatible_packages": _list({**_KEYS, "minItems": 2}),
        }
    ),
    "rules": _list(_rule()),
    "partners": _by_key(
        _object(
            {
                "name": {"type": "string"},
                "domains": {**_KEYS, "minItems": 1},
                "country": {"type": "string", "pattern": "^[A-Za-z]{2}$"},
                "preapproved": _object(
                    {"sponsors": _KEYS, "packages": _KEYS, "limits": {"$ref": "#/$defs/limits"}}, "sponsors", "packages"
                ),
                "redemption": _object({"redirect_url": {"type": "string"}, "add_groups": _KEYS}),
                **_DEMANDS,
            },
            "name",
            "domains",
        )
    ),
    "defaults": _object({"redirect_url": {"type": "string", "pattern": "^https://"}, "time_zone": {"type": "string"}}),
    "invariants": _list(
        _object({"name": {"type": "string"}, "never": {"const": "granted"}, "when": _WHEN}, "name", "never", "when")
    ),
    "tests": _list(
        _object(
            {"name": {"type": "string"}, "given": {"type": "object"}, "expect": {"type": "object"}},
            "name",
            "given",
            "expect",
        )
    ),
}
