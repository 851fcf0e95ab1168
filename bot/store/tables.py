"""The tables as the newest migration leaves them (a test compares the two).

Times are microseconds since 1970 UTC. Records are JSON text in `body`, beside columns for what is looked up. A column
that would be null in a unique key holds '' instead: nulls are never equal to one another.
"""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly the type INTEGER.
Identity = BigInteger().with_variant(Integer(), "sqlite")

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("nonce", Text, nullable=False, unique=True),
    Column("sponsor_id", Text, nullable=False),
    Column("guest_address", Text, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "sponsor_id", "submitted_at", "id"),
    Index(None, "guest_address", "submitted_at", "id"),
)

request_packages = Table(
    "request_packages",
    metadata,
    Column("request_id", Text, sa.ForeignKey("requests.id"), primary_key=True),
    Column("package", Text, primary_key=True),
    Column("guest_address", Text, nullable=False),
    Column("open", Boolean, nullable=False),
)
Index(
    "uq_request_packages_open",
    request_packages.c.guest_address,
    request_packages.c.package,
    unique=True,
    sqlite_where=sa.text("open = 1"),
    postgresql_where=sa.text("open"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("guest_address", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("sponsor_id", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "request_id"),
    Index(None, "guest_address", "ended"),
    Index(None, "sponsor_id", "ended", "ends_at"),
)

guests = Table(
    "guests",
    metadata,
    Column("address", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

redeem_urls = Table(
    "redeem_urls",
    metadata,
    Column("address", Text, primary_key=True),
    Column("sealed", Text, nullable=False, comment="encrypted with a key derived from DATA_KEYS"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("person_id", Text),
    Column("saved_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "person_id", "saved_at"),
)

channel_bindings = Table(
    "channel_bindings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
)

postings = Table(
    "postings",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("card", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("wanted", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("conversation_id", Text),
    Column("activity_id", Text),
    Column("unreachable", Boolean, nullable=False),
    UniqueConstraint("subject", "card", "channel", "person", "slot"),
)

LIVE = "state IN ('waiting', 'claimed')"
"""The jobs that a claim looks at. A partial index is only used where the query says this in the same words."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False, comment="waiting, claimed, done, dead or cancelled"),
    Column("due", BigInteger, nullable=False, comment="of a claimed job: when its lease ends"),
    Column("attempt", BigInteger, nullable=False),
    Column("token", Text, comment="of the claim that runs it now"),
    Column("payload", Text, nullable=False),
    Column("again_due", BigInteger, comment="armed while claimed: runs once more, then"),
    Column("again_payload", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("subject", "kind", "step"),
)
Index("ix_jobs_live", jobs.c.kind, jobs.c.due, sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE))
Index("ix_jobs_dead", jobs.c.due, sqlite_where=sa.text("state = 'dead'"), postgresql_where=sa.text("state = 'dead'"))

pauses = Table(
    "pauses",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

pacing = Table(
    "pacing",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("last_at", BigInteger, nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("conversation_id", Text, primary_key=True),
    Column("question", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

policy_revisions = Table(
    "policy_revisions",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "state"),
    Index(None, "at", "revision"),
)

policy_in_force = Table(
    "policy_in_force",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

freezes = Table(
    "freezes",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="of salt and personal text; '' where there is none"),
    Column("hash", Text, nullable=False, comment="of the entry before and all of this one"),
    Index(None, "subject", "sequence"),
)

audit_texts = Table(
    "audit_texts",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", Text, nullable=False),
    Column("texts", Text, nullable=False),
)

audit_tail = Table(
    "audit_tail",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False, comment="the last entry that retention removed; 0 for none"),
    Column("hash", Text, nullable=False),
)
