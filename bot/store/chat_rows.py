"""What the bot remembers of its chats: drafts, conversations and bindings, confirmations, messages seen."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from bot.interview.draft import Draft
from bot.store.codec import Body, micros, span, texts_from_json, texts_to_json
from bot.store.session import Session
from bot.store.sql import insert, upsert
from bot.store.tables import channel_bindings, confirmations, conversations, drafts, seen
from bot.workflow.ports import Conflict
from bot.workflow.records import Conversation, ConversationKind

_DRAFT = Body(Draft)
_CONVERSATION = Body(Conversation)

_GET_DRAFT = select(drafts.c.body).where(drafts.c.person_id == bindparam("person"))
_INSERT_DRAFT = insert(drafts).on_conflict_do_nothing()
_SAVE_DRAFT = (
    update(drafts)
    .where(drafts.c.person_id == bindparam("person"), drafts.c.version == bindparam("expected"))
    .values(version=bindparam("version"), body=bindparam("body"))
)
_DELETE_DRAFT = delete(drafts).where(drafts.c.person_id == bindparam("person"))

_GET_CONVERSATION = select(conversations.c.body).where(conversations.c.id == bindparam("id"))
_WITH_PERSON = (
    select(conversations.c.body)
    .where(conversations.c.person_id == bindparam("person"), conversations.c.kind == ConversationKind.PERSONAL.value)
    .order_by(conversations.c.saved_at.desc())
    .limit(1)
)
_SAVE_CONVERSATION = upsert(conversations)
_DELETE_CONVERSATION = delete(conversations).where(conversations.c.id == bindparam("id"))
_BIND = upsert(channel_bindings)
_BOUND_TO = (
    select(conversations.c.body)
    .join(channel_bindings, channel_bindings.c.conversation_id == conversations.c.id)
    .where(channel_bindings.c.channel == bindparam("channel"))
)
_BINDINGS = select(channel_bindings.c.channel, channel_bindings.c.conversation_id).order_by(channel_bindings.c.channel)

_ASK = upsert(confirmations)
_TAKE = (
    delete(confirmations)
    .where(
        confirmations.c.person_id == bindparam("person"),
        confirmations.c.conversation_id == bindparam("conversation"),
    )
    .returning(confirmations.c.question, confirmations.c.until)
)

_REMEMBER = insert(seen).on_conflict_do_nothing()
_FORGET = delete(seen).where(seen.c.at < bindparam("before"))
_SEEN_FOR = span(timedelta(days=1))


class DraftRows:
    """`bot.workflow.ports.Drafts` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, person_id: str) -> Draft | None:
        row = self._session.row(_GET_DRAFT, person=person_id)
        return _DRAFT.decode(row[0]) if row else None

    def save(self, person_id: str, draft: Draft) -> Draft:
        after = replace(draft, version=draft.version + 1)
        body = _DRAFT.encode(after)
        if draft.version == 0:
            saved = self._session.change(_INSERT_DRAFT, person_id=person_id, version=after.version, body=body)
        else:
            saved = self._session.change(
                _SAVE_DRAFT, person=person_id, expected=draft.version, version=after.version, body=body
            )
        if not saved:
            raise Conflict(f"this person's draft is not at version {draft.version}")
        return after

    def delete(self, person_id: str) -> None:
        self._session.change(_DELETE_DRAFT, person=person_id)


class ConversationRows:
    """`bot.workflow.ports.Conversations` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, conversation_id: str) -> Conversation | None:
        row = self._session.row(_GET_CONVERSATION, id=conversation_id)
        return _CONVERSATION.decode(row[0]) if row else None

    def with_person(self, person_id: str) -> Conversation | None:
        row = self._session.row(_WITH_PERSON, person=person_id)
        return _CONVERSATION.decode(row[0]) if row else None

    def save(self, conversation: Conversation) -> None:
        body = _CONVERSATION.encode(conversation)
        stored = self._session.row(_GET_CONVERSATION, id=conversation.id)
        if stored is not None and stored[0] == body:
            return
        self._session.change(
            _SAVE_CONVERSATION,
            id=conversation.id,
            kind=conversation.kind.value,
            person_id=conversation.person_id,
            saved_at=self._session.now_micros(),
            body=body,
        )

    def opened(self, placeholder_id: str, conversation_id: str) -> None:
        placeholder = self.get(placeholder_id)
        if placeholder is None:
            return
        self._session.change(_DELETE_CONVERSATION, id=placeholder_id)
        # The person may have written there meanwhile; what their own activity told is newer.
        if self.get(conversation_id) is None:
            self.save(replace(placeholder, id=conversation_id))

    def bind(self, channel_name: str, conversation_id: str) -> None:
        self._session.change(_BIND, channel=channel_name, conversation_id=conversation_id)

    def bound_to(self, channel_name: str) -> Conversation | None:
        row = self._session.row(_BOUND_TO, channel=channel_name)
        return _CONVERSATION.decode(row[0]) if row else None

    def bindings(self) -> Mapping[str, str]:
        return dict(self._session.rows(_BINDINGS))


class ConfirmationRows:
    """`bot.workflow.ports.Confirmations` in one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, person_id: str, conversation_id: str, question: Mapping[str, str], *, until: datetime) -> None:
        self._session.change(
            _ASK,
            person_id=person_id,
            conversation_id=conversation_id,
            question=texts_to_json(question),
            until=micros(until),
        )

    def take(self, person_id: str, conversation_id: str, *, now: datetime) -> Mapping[str, str] | None:
        row = self._session.row(_TAKE, person=person_id, conversation=conversation_id)
        if row is None or row[1] < micros(now):
            return None
        return texts_from_json(row[0])


class SeenRows:
    """`bot.workflow.ports.Seen` in one transaction. A key is remembered for a day."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def first_time(self, keys: Collection[str], *, at: datetime) -> bool:
        now = micros(at)
        # Costs one look into an index where nothing is old enough, and keeps the table at a day's messages.
        self._session.change(_FORGET, before=now - _SEEN_FOR)
        first = True
        # In one order for all, so that two deliveries of one message never deadlock; every key is remembered, so
        # that a repeat under a new id is known by that id too.
        for key in sorted(set(keys)):
            first = bool(self._session.change(_REMEMBER, key=key, at=now)) and first
        return first
