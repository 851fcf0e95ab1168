"""Domains in one form: lower-case A-labels, so that either form of an internationalised domain is the same domain."""

import re

import idna

_PLAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class BadDomain(ValueError):
    """This is no domain."""


def normalise(domain: str) -> str:
    """`Fabrikam.COM` and `fabrikam.com` are one, as are `bücher.example` and its A-label form. Raises BadDomain."""
    name = domain.strip().rstrip(".").lower()
    if _PLAIN.fullmatch(name) and "--" not in name:
        return name
    try:
        encoded = idna.encode(name, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(domain) from error
    if not _PLAIN.fullmatch(encoded):
        raise BadDomain(domain)
    return encoded


def normalise_pattern(pattern: str) -> str:
    """A domain, or `*.domain`, which stands for its sub-domains and not for itself. Raises BadDomain."""
    text = pattern.strip()
    if text.startswith("*."):
        return "*." + normalise(text[2:])
    return normalise(text)


def of_address(address: str) -> str:
    """The domain of an email address. Raises BadDomain."""
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise BadDomain(address)
    return normalise(domain)


def covered(domain: str, patterns: frozenset[str]) -> bool:
    """Whether a domain is among these, or below a `*.` of these; a look-up a label."""
    if domain in patterns:
        return True
    dot = domain.find(".")
    while dot >= 0:
        if f"*{domain[dot:]}" in patterns:
            return True
        dot = domain.find(".", dot + 1)
    return False
