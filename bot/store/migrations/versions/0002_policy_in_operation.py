"""Which policy revision is in force and what becomes of each; what is frozen; what administrators are told."""

import json
import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = op.create_table(
        "policy_revisions",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_policy_revisions"),
    )
    op.create_index("ix_policy_revisions_state", "policy_revisions", ["state"])
    op.create_index("ix_policy_revisions_at_revision", "policy_revisions", ["at", "revision"])
    op.create_table(
        "policy_in_force",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_in_force"),
    )
    op.create_table(
        "freezes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_freezes"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    _bring_revisions_over(kept)
    op.drop_table("revisions")


_HEADER = re.compile(r"# ([^/\n]+\.yaml)\n")


def _bring_revisions_over(kept: sa.Table) -> None:
    """As accepted ones. Their files were kept as one text, each below its name; a comment may look like a name."""
    for name, text, at in op.get_bind().execute(sa.text("SELECT revision, text, at FROM revisions")).fetchall():
        when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
        body = {"revision": name, "files": _files(text), "at": when, "state": "accepted"}
        row = {"revision": name, "version": 0, "state": "accepted", "at": at, "body": json.dumps(body)}
        op.execute(kept.insert().values(**row))


def _files(text: str) -> list[tuple[str, str]]:
    files: list[tuple[str, list[str]]] = []
    for line in text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line)
        if header and (not files or header[1] > files[-1][0]):
            files.append((header[1], []))
        elif files:
            files[-1][1].append(line)
        else:
            files.append(("policy.yaml", [line]))
    return [(name, "".join(lines)) for name, lines in files]
