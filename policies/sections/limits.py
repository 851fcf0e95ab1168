"""`limits`, wherever they stand: in a grant, a tighten or a pre-approval."""

from bot.domain.routes import Limits
from policies.reading import Fields, Reader
from policies.yaml_nodes import Node

_MOST_DAYS = 3650
_MOST_CHARACTERS = 500


def read_limits(reader: Reader, node: Node) -> Limits:
    fields = Fields(reader, node, "`limits`", known=("max_days", "justification"))
    return Limits(
        max_days=fields.optional(
            "max_days", lambda value: reader.integer(value, "`max_days`", least=1, most=_MOST_DAYS), None
        ),
        justification=fields.optional(
            "justification",
            lambda value: reader.integer(value, "`justification` (characters)", least=1, most=_MOST_CHARACTERS),
            None,
        ),
    )
