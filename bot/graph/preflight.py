"""What `doctor` looks at in the tenant: permissions, and the settings that decide whether guests can be invited."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from bot.graph.client import BETA, GraphClient
from bot.graph.directory import GraphDirectory
from bot.graph.errors import GraphCode
from bot.workflow.errors import GraphError

NEEDED = ("User.Invite.All", "User.Read.All", "GroupMember.ReadWrite.All")
"""Without these nothing works (graph.md, least privilege)."""

WITH_FEATURE = {
    "User.ReadWrite.All": "sponsors are set and read back",
    "AppRoleAssignment.ReadWrite.All": "packages grant application roles",
    "CrossTenantInformation.ReadBasic.All": "rules speak of `partner.is_entra_tenant`",
}
LOOKED_AT_HERE = ("Policy.Read.All", "Policy.Read.B2BManagementPolicy")

_IMPLIED = {
    "User.Invite.All": {"User.ReadWrite.All", "Directory.ReadWrite.All"},
    "User.Read.All": {"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
    "GroupMember.ReadWrite.All": {"Group.ReadWrite.All", "Directory.ReadWrite.All"},
    "User.ReadWrite.All": {"Directory.ReadWrite.All"},
}


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFinding:
    """One line of `doctor`: what was looked at, how it stands, and what to do where it is not well."""

    name: str
    level: Level
    found: str
    remedy: str = ""


class _AuthorizationPolicy(msgspec.Struct, rename="camel"):
    allow_invites_from: str = ""


class _B2BPolicy(msgspec.Struct):
    definition: list[str] = []


class _B2BPolicies(msgspec.Struct):
    value: list[_B2BPolicy] = []


class _DomainsPolicy(msgspec.Struct):
    allowed: list[str] | None = msgspec.field(default=None, name="AllowedDomains")
    blocked: list[str] | None = msgspec.field(default=None, name="BlockedDomains")


class _B2BLists(msgspec.Struct):
    domains: _DomainsPolicy | None = msgspec.field(default=None, name="InvitationsAllowedAndBlockedDomainsPolicy")


class _B2BDefinition(msgspec.Struct):
    policy: _B2BLists | None = msgspec.field(default=None, name="B2BManagementPolicy")


async def preflight(client: GraphClient, *, partner_domains: Collection[str] = ()) -> tuple[PreflightFinding, ...]:
    """Asks all of it, in order; never raises for what Graph answers. `partner_domains`: lower case, no wildcards."""
    try:
        roles = await client.in_thread(client.tokens.roles)
    except GraphError as error:
        return (
            PreflightFinding(
                name="Graph token",
                level=Level.FAIL,
                found=error.detail,
                remedy="Check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET (or the certificate) and"
                " AZURE_AUTHORITY_HOST.",
            ),
        )
    return (
        PreflightFinding(name="Graph token", level=Level.OK, found="issued"),
        *permission_findings(roles),
        await _who_may_invite(client),
        await _domain_lists(client, partner_domains),
        await _own_domains(client),
    )


def permission_findings(roles: Collection[str]) -> tuple[PreflightFinding, ...]:
    """The application permissions in the token against those that are needed."""
    findings = []
    for permission in (*NEEDED, *WITH_FEATURE, *LOOKED_AT_HERE):
        name = f"permission {permission}"
        if permission in roles or _IMPLIED.get(permission, set()) & set(roles):
            findings.append(PreflightFinding(name=name, level=Level.OK, found="consented"))
            continue
        needed = permission in NEEDED
        why = "" if needed else f" where {WITH_FEATURE.get(permission, 'doctor looks at the tenant')}"
        findings.append(
            PreflightFinding(
                name=name,
                level=Level.FAIL if needed else Level.WARN,
                found="missing",
                remedy=f"Grant the application permission {permission}, with admin consent{why}.",
            )
        )
    return tuple(findings)


async def _who_may_invite(client: GraphClient) -> PreflightFinding:
    name = "who may invite guests"
    try:
        policy = await client.get("/policies/authorizationPolicy", _AuthorizationPolicy)
    except GraphError as error:
        return _not_looked_at(name, error, "Policy.Read.All")
    allowed = policy.allow_invites_from or "not said"
    if allowed == "none":
        return PreflightFinding(
            name=name,
            level=Level.FAIL,
            found=allowed,
            remedy="In Entra, External collaboration settings, let at least administrators and guest inviters invite.",
        )
    return PreflightFinding(name=name, level=Level.OK, found=allowed)


async def _domain_lists(client: GraphClient, partner_domains: Collection[str]) -> PreflightFinding:
    name = "domains that may be invited"
    try:
        policies = await client.get("/policies/b2bManagementPolicies", _B2BPolicies, version=BETA)
    except GraphError as error:
        return _not_looked_at(name, error, "Policy.Read.B2BManagementPolicy")
    # No list is the default, and a shape that Microsoft may change is not worth a failure (beta).
    allowed: set[str] = set()
    blocked: set[str] = set()
    for text in (text for policy in policies.value for text in policy.definition[:1]):
        try:
            lists = msgspec.json.decode(text, type=_B2BDefinition).policy
        except msgspec.DecodeError:
            return PreflightFinding(name=name, level=Level.WARN, found="a policy that could not be read")
        if lists and lists.domains:
            allowed |= {domain.lower() for domain in lists.domains.allowed or ()}
            blocked |= {domain.lower() for domain in lists.domains.blocked or ()}
    refused = sorted(domain for domain in partner_domains if domain in blocked or (allowed and domain not in allowed))
    if refused:
        return PreflightFinding(
            name=name,
            level=Level.WARN,
            found=f"the tenant refuses {', '.join(refused)}",
            remedy="In Entra, External collaboration settings, Collaboration restrictions: let these domains in, or"
            " take the partners out of the policy.",
        )
    found = f"only {len(allowed)} listed" if allowed else f"all but {len(blocked)} listed" if blocked else "all"
    return PreflightFinding(name=name, level=Level.OK, found=found)


async def _own_domains(client: GraphClient) -> PreflightFinding:
    name = "own domains"
    try:
        domains = await GraphDirectory(client).own_domains()
    except GraphError as error:
        return _not_looked_at(name, error, "User.Read.All", level=Level.FAIL)
    if not domains:
        return PreflightFinding(
            name=name, level=Level.FAIL, found="none", remedy="Check that AZURE_TENANT_ID is the company's tenant."
        )
    return PreflightFinding(name=name, level=Level.OK, found=", ".join(sorted(domains)))


def _not_looked_at(name: str, error: GraphError, permission: str, *, level: Level = Level.WARN) -> PreflightFinding:
    if error.code in (GraphCode.PERMISSION_MISSING, GraphCode.REFUSED):
        remedy = f"Grant the application permission {permission}, with admin consent, to have this looked at."
    else:
        remedy = "Try again; if it stays so, look at the detail." if error.retryable else "Look at the detail."
    return PreflightFinding(name=name, level=level, found=error.detail or error.code, remedy=remedy)
