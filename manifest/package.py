"""Writes the app package that an administrator uploads to Teams: the manifest filled in, icons, languages, one zip."""

import json
import re
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
FILES = ("color.png", "outline.png", "zh-tw.json")

MOST_COMMANDS = 10
MOST_TITLE = 32
MOST_DESCRIPTION = 128
"""What clients show of a command list; the schema itself allows more by now."""

_MOST = {
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4000,
}
_COMMAND = re.compile(r"bots\[0\]\.commandLists\[(\d+)\]\.commands\[(\d+)\]\.(title|description)\Z")
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""The same settings give the same bytes, whenever the package is written."""


class PackageError(ValueError):
    """A setting, or a text, that Teams would not take. Says which, and what it should be."""


def write_package(
    path: Path,
    *,
    app_id: str,
    public_url: str,
    version: str = "1.0.0",
    developer: str = "Partner Access",
    website_url: str | None = None,
    privacy_url: str | None = None,
    terms_url: str | None = None,
) -> Path:
    """Writes the zip to `path`. Raises PackageError before anything is written.

    `app_id`: the bot's Entra application id (MicrosoftAppId), which is the Teams app's id too. `public_url`: where
    the bot is reached, https. The developer's pages default to those that the bot serves itself.
    """
    manifest = fill_in(
        app_id=app_id,
        public_url=public_url,
        version=version,
        developer=developer,
        website_url=website_url,
        privacy_url=privacy_url,
        terms_url=terms_url,
    )
    check_limits(manifest, json.loads((HERE / "zh-tw.json").read_text(encoding="utf-8")))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False).encode())
        for name in FILES:
            _add(package, name, (HERE / name).read_bytes())
    return path


def fill_in(
    *,
    app_id: str,
    public_url: str,
    version: str,
    developer: str,
    website_url: str | None = None,
    privacy_url: str | None = None,
    terms_url: str | None = None,
) -> dict[str, Any]:
    """The manifest for these settings."""
    try:
        own_id = str(uuid.UUID(app_id))
    except ValueError:
        raise PackageError("MicrosoftAppId must be the application id of the bot, a GUID") from None
    if not re.fullmatch(r"\d{1,5}\.\d{1,5}\.\d{1,5}", version):
        raise PackageError("the version must be three numbers, such as 1.0.0")
    if not 0 < len(developer) <= 32:
        raise PackageError("the developer's name must have 1 to 32 characters")
    base = _https("PUBLIC_URL", public_url).rstrip("/")
    manifest: dict[str, Any] = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    manifest["id"] = manifest["bots"][0]["botId"] = own_id
    manifest["version"] = version
    manifest["developer"] = {
        "name": developer,
        "websiteUrl": _https("the website", website_url or f"{base}/"),
        "privacyUrl": _https("the privacy page", privacy_url or f"{base}/privacy"),
        "termsOfUseUrl": _https("the terms of use", terms_url or f"{base}/terms"),
    }
    manifest["validDomains"] = [urlsplit(base).hostname]
    return manifest


def check_limits(manifest: Mapping[str, Any], translation: Mapping[str, str]) -> None:
    """Raises PackageError for a text that is too long, a list of too many commands, a translation of nothing."""
    for key, most in _MOST.items():
        part, name = key.split(".")
        for text in (manifest[part][name], translation[key]):
            _fits(key, text, most)
    lists = manifest["bots"][0]["commandLists"]
    for commands in lists:
        if len(commands["commands"]) > MOST_COMMANDS:
            raise PackageError(f"a command list holds at most {MOST_COMMANDS} commands")
        for command in commands["commands"]:
            _fits("title", command["title"], MOST_TITLE)
            _fits("description", command["description"], MOST_DESCRIPTION)
    for key, text in translation.items():
        if key in _MOST or key == "$schema":
            continue
        named = _COMMAND.match(key)
        if named is None or int(named[1]) >= len(lists) or int(named[2]) >= len(lists[int(named[1])]["commands"]):
            raise PackageError(f"zh-tw.json translates {key}, which the manifest does not have")
        _fits(key, text, MOST_TITLE if named[3] == "title" else MOST_DESCRIPTION)


def _fits(what: str, text: str, most: int) -> None:
    if not 0 < len(text) <= most:
        raise PackageError(f"{what} must have 1 to {most} characters: {text[:60]!r}")


def _https(what: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or len(url) > 2048:
        raise PackageError(f"{what} must be an https address, not {url[:80]!r}")
    return url


def _add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    package.writestr(entry, content)
