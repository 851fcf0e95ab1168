"""What a sandbox directory begins with: a company's people, groups and applications, read from a file."""

from pathlib import Path

import msgspec
import yaml


class SeedTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`domains`: the verified ones, the first is the one people's addresses are on; the last names external users."""

    id: str
    name: str
    domains: tuple[str, ...]


class SeedApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The application that calls Graph, i.e. this product."""

    id: str
    name: str
    secret: str
    permissions: tuple[str, ...]


class SeedPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    mail: str
    title: str | None = None
    department: str | None = None
    employee_type: str | None = None
    country: str | None = None
    language: str | None = None
    manager: str | None = None
    """The key of another person."""


class SeedGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    mail: str
    state: str = "Accepted"
    type: str = "Guest"
    enabled: bool = True
    deleted: bool = False
    sponsor: str | None = None
    """The key of a person."""


class SeedGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`members`: keys of people or guests, or ids of other groups."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    role_assignable: bool = False
    synced: bool = False
    dynamic: bool = False


class SeedServicePrincipal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    roles: tuple[str, ...] = ()


class SeedPartnerTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. `msgspec.structs.replace` makes another from it."""

    tenant: SeedTenant
    application: SeedApplication
    people: dict[str, SeedPerson]
    guests: dict[str, SeedGuest] = {}
    groups: tuple[SeedGroup, ...] = ()
    applications: tuple[SeedServicePrincipal, ...] = ()
    partner_tenants: dict[str, SeedPartnerTenant] = {}


def load_seed(path: Path) -> Seed:
    """Raises msgspec.ValidationError, naming the place, for what does not belong in a seed."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Seed)


def northwind() -> Seed:
    """Northwind Traders: the company of the sandbox and of the tests."""
    return load_seed(Path(__file__).with_name("northwind.yaml"))
