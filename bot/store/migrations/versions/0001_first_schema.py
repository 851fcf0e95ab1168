"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _requests()
    _guests_and_revisions()
    _chats()
    _postings()
    _jobs()
    _audit()
    if op.get_bind().dialect.name == "sqlite":
        _guard_audit_on_sqlite()
    else:
        _guard_audit_on_postgresql()


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("sponsor_id", sa.Text(), nullable=False),
        sa.Column("guest_address", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("nonce", name="uq_requests_nonce"),
    )
    op.create_index("ix_requests_guest_address_submitted_at_id", "requests", ["guest_address", "submitted_at", "id"])
    op.create_index("ix_requests_sponsor_id_submitted_at_id", "requests", ["sponsor_id", "submitted_at", "id"])
    op.create_table(
        "request_packages",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("guest_address", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name="fk_request_packages_request_id"),
        sa.PrimaryKeyConstraint("request_id", "package", name="pk_request_packages"),
    )
    op.create_index(
        "uq_request_packages_open",
        "request_packages",
        ["guest_address", "package"],
        unique=True,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("guest_address", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("sponsor_id", sa.Text(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_guest_address_ended", "assignments", ["guest_address", "ended"])
    op.create_index("ix_assignments_request_id", "assignments", ["request_id"])
    op.create_index("ix_assignments_sponsor_id_ended_ends_at", "assignments", ["sponsor_id", "ended", "ends_at"])


def _guests_and_revisions() -> None:
    op.create_table(
        "guests",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_guests"),
    )
    op.create_table(
        "redeem_urls",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False, comment="encrypted with a key derived from DATA_KEYS"),
        sa.PrimaryKeyConstraint("address", name="pk_redeem_urls"),
    )
    op.create_table(
        "revisions",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_revisions"),
    )


def _chats() -> None:
    op.create_table(
        "drafts",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_drafts"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text()),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_person_id_saved_at", "conversations", ["person_id", "saved_at"])
    op.create_table(
        "channel_bindings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_bindings"),
    )
    op.create_table(
        "confirmations",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "conversation_id", name="pk_confirmations"),
    )
    op.create_table(
        "seen",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_seen"),
    )
    op.create_index("ix_seen_at", "seen", ["at"])


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Text()),
        sa.Column("activity_id", sa.Text()),
        sa.Column("unreachable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_postings"),
        sa.UniqueConstraint(
            "subject", "card", "channel", "person", "slot", name="uq_postings_subject_card_channel_person_slot"
        ),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, claimed, done, dead or cancelled"),
        sa.Column("due", sa.BigInteger(), nullable=False, comment="of a claimed job: when its lease ends"),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), comment="of the claim that runs it now"),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("again_due", sa.BigInteger(), comment="armed while claimed: runs once more, then"),
        sa.Column("again_payload", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("subject", "kind", "step", name="uq_jobs_subject_kind_step"),
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["due"],
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_jobs_live",
        "jobs",
        ["kind", "due"],
        sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
        postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
    )
    op.create_table(
        "pauses",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_pauses"),
    )
    op.create_table(
        "pacing",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_pacing"),
    )


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of salt and personal text; '' where there is none"),
        sa.Column("hash", sa.Text(), nullable=False, comment="of the entry before and all of this one"),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_subject_sequence", "audit_entries", ["subject", "sequence"])
    op.create_table(
        "audit_texts",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_texts"),
    )
    op.create_table(
        "audit_tail",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_tail"),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "sequence", sa.BigInteger(), nullable=False, comment="the last entry that retention removed; 0 for none"
        ),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_checkpoint"),
    )
    start = {"hash": "0" * 64}
    op.execute(sa.text("INSERT INTO audit_tail (id, sequence, hash) VALUES (1, 0, :hash)").bindparams(**start))
    op.execute(sa.text("INSERT INTO audit_checkpoint (id, sequence, hash) VALUES (1, 0, :hash)").bindparams(**start))


# The guards keep the trail append-only against mistakes and tools. Whoever owns the database can drop them; what is
# done to the trail then, its chain tells. Only what retention has put under the checkpoint may go.
_REFUSED = "the audit trail is append-only"


def _guard_audit_on_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    for name, event in {
        "audit_entries_kept": "UPDATE ON audit_entries",
        "audit_entries_not_removed": "DELETE ON audit_entries "
        "WHEN OLD.sequence > (SELECT sequence FROM audit_checkpoint)",
        "audit_texts_kept": "UPDATE ON audit_texts",
        "audit_tail_not_removed": "DELETE ON audit_tail",
        "audit_tail_only_forward": "UPDATE ON audit_tail WHEN NEW.sequence <= OLD.sequence",
        "audit_checkpoint_not_removed": "DELETE ON audit_checkpoint",
        "audit_checkpoint_only_forward": "UPDATE ON audit_checkpoint WHEN NEW.sequence <= OLD.sequence",
    }.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} {refuse}")


def _guard_audit_on_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION audit_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.sequence > (SELECT sequence FROM audit_checkpoint) THEN "
        "RAISE EXCEPTION 'the audit trail is append-only'; END IF; RETURN OLD; END $$"
    )
    for name, event, function in (
        ("audit_entries_kept", "UPDATE ON audit_entries FOR EACH ROW", "audit_refuse"),
        ("audit_entries_not_removed", "DELETE ON audit_entries FOR EACH ROW", "audit_refuse_removal"),
        ("audit_texts_kept", "UPDATE ON audit_texts FOR EACH ROW", "audit_refuse"),
        ("audit_tail_not_removed", "DELETE ON audit_tail FOR EACH ROW", "audit_refuse"),
        (
            "audit_tail_only_forward",
            "UPDATE ON audit_tail FOR EACH ROW WHEN (NEW.sequence <= OLD.sequence)",
            "audit_refuse",
        ),
        ("audit_checkpoint_not_removed", "DELETE ON audit_checkpoint FOR EACH ROW", "audit_refuse"),
        (
            "audit_checkpoint_only_forward",
            "UPDATE ON audit_checkpoint FOR EACH ROW WHEN (NEW.sequence <= OLD.sequence)",
            "audit_refuse",
        ),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} EXECUTE FUNCTION {function}()")
    for table in ("audit_entries", "audit_texts", "audit_tail", "audit_checkpoint"):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
