"""Request bodies, as strictly as Graph takes them: no unknown property, none missing, none of a wrong type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.answers import bad_request

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OBJECT_URL = re.compile(rf"https?://[^/\s]+/(v1\.0|beta)/(directoryObjects|users|groups)/(?P<id>{GUID.pattern})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object: its Graph type, and its properties. A property's kind is a Python type, or a shape, or, in a tuple,
    a list of either. `nullable`: null is taken too.
    """

    kind: str
    properties: Mapping[str, "Kind"]
    required: tuple[str, ...] = ()
    nullable: bool = False


Kind = type | Shape | tuple[type | Shape]

_EDM = {str: "Edm.String", bool: "Edm.Boolean"}

EMAIL_ADDRESS = Shape(kind="emailAddress", properties={"name": str, "address": str}, required=("address",))
INVITATION = Shape(
    kind="invitation",
    properties={
        "invitedUserEmailAddress": str,
        "invitedUserDisplayName": str,
        "inviteRedirectUrl": str,
        "invitedUserType": str,
        "sendInvitationMessage": bool,
        "resetRedemption": bool,
        "invitedUser": Shape(kind="user", properties={"id": str}, required=("id",)),
        "invitedUserMessageInfo": Shape(
            kind="invitedUserMessageInfo",
            properties={
                "messageLanguage": str,
                "customizedMessageBody": str,
                "ccRecipients": (Shape(kind="recipient", properties={"emailAddress": EMAIL_ADDRESS}),),
            },
        ),
        "invitedUserSponsors": (Shape(kind="directoryObject", properties={"id": str}, required=("id",)),),
    },
    required=("invitedUserEmailAddress", "inviteRedirectUrl"),
)
REFERENCE = Shape(kind="directoryObject", properties={"@odata.id": str}, required=("@odata.id",))
GROUP_IDS = Shape(kind="checkMemberGroups", properties={"groupIds": (str,)}, required=("groupIds",))
APP_ROLE_ASSIGNMENT = Shape(
    kind="appRoleAssignment",
    properties={"principalId": str, "resourceId": str, "appRoleId": str},
    required=("principalId", "resourceId", "appRoleId"),
)
USER_CHANGE = Shape(
    kind="user",
    properties={
        "companyName": str, "department": str, "jobTitle": str, "usageLocation": str, "accountEnabled": bool,
        "displayName": str,
    },
)  # fmt: skip


def checked(body: object, shape: Shape) -> dict[str, object]:
    """The body, if it is of this shape. Raises Refused (400) that names what is wrong."""
    if not isinstance(body, dict):
        raise bad_request("Unable to read JSON request payload.", code="BadRequest")
    for name, value in body.items():
        if name not in shape.properties:
            raise bad_request(
                f"The property '{name}' does not exist on type 'microsoft.graph.{shape.kind}'. Make sure to only use"
                " property names that are defined by the type or mark the type as open type.",
                code="BadRequest",
            )
        _check(name, value, shape.properties[name])
    for name in shape.required:
        if body.get(name) in (None, ""):
            raise bad_request(f"The property '{name}' is required and was not given.", code="BadRequest")
    return body


def _check(name: str, value: object, kind: Kind) -> None:
    if isinstance(kind, tuple):
        if not isinstance(value, list):
            raise bad_request(f"The property '{name}' has to be an array.", code="BadRequest")
        for each in value:
            _check(name, each, kind[0])
    elif isinstance(kind, Shape):
        checked(value, kind)
    elif not isinstance(value, kind):
        raise bad_request(
            f"Cannot convert the value of '{name}' to the expected type '{_EDM[kind]}'.", code="BadRequest"
        )


def guid(value: object, name: str) -> str:
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise bad_request(f"Invalid object identifier '{value}' for '{name}'.")
    return value.lower()


def referenced(body: object) -> str:
    """The object id in `{"@odata.id": "https://…/directoryObjects/{id}"}`."""
    url = checked(body, REFERENCE)["@odata.id"]
    match = _OBJECT_URL.fullmatch(str(url))
    if match is None:
        raise bad_request(f"Invalid URL format specified in @odata.id: '{url}'.")
    return match["id"].lower()
