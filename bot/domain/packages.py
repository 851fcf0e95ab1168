"""Access packages and partners: what can be asked for, and for whom."""

from dataclasses import dataclass

from bot.domain.routes import Limits

LocalisedText = dict[str, str]
"""BCP 47 tag to text; the key "" holds the text for every other language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """One role of one application: object id of its service principal, id of the role."""

    app: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What the holder of a package gets: group object ids, application roles."""

    groups: tuple[str, ...] = ()
    app_roles: tuple[AppRole, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPackage:
    """What can be asked for: named groups and app roles, with an owner and a class."""

    key: str
    name: LocalisedText
    description: LocalisedText
    package_class: str
    owner_group: str
    """Object id of the group whose members own the package."""
    grants: Grants
    questions: tuple[str, ...] = ()
    """Keys of the questions and terms that whoever asks for it must answer."""
    owner: str = ""
    """The policy's key of that group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preapproved:
    """Sponsors (group object ids) who may have these packages for this partner without being asked."""

    sponsors: tuple[str, ...]
    packages: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An external organisation we know (Entra: connected organization)."""

    key: str
    name: str
    domains: tuple[str, ...]
    """Lower-case A-labels; `*.fabrikam.com` stands for sub-domains only."""
    country: str | None = None
    redirect_url: str | None = None
    add_groups: tuple[str, ...] = ()
    preapproved: Preapproved | None = None
    questions: tuple[str, ...] = ()
    """Keys of the questions and terms that a request for any of its people must answer."""
