"""The pages that a person opens: an invitation to accept, and the mail that a real directory would have sent."""

import hashlib
import hmac
import secrets
from html import escape
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.state import DirectoryState, StoredInvitation
from bot.sandbox.writes import Writes

_COOKIE = "sandbox_redeem"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f3f2f1; color: #201f1e; }}
main {{ max-width: 42rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 8px;
        box-shadow: 0 2px 12px #0002; }}
h1 {{ font-size: 1.4rem; margin-top: 0; }}
.note {{ color: #605e5c; font-size: .875rem; border-top: 1px solid #edebe9; margin-top: 2rem; padding-top: 1rem; }}
button {{ font: inherit; padding: .5rem 1.5rem; border: 0; border-radius: 4px; background: #0b5cad; color: #fff;
          cursor: pointer; }}
button:focus-visible, a:focus-visible {{ outline: 3px solid #ffb900; outline-offset: 2px; }}
table {{ border-collapse: collapse; width: 100%; }} td, th {{ text-align: left; padding: .4rem .8rem .4rem 0; }}
td:not(:first-child) {{ white-space: nowrap; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1b1a19; color: #f3f2f1; }} main {{ background: #292827; }} a {{ color: #6cb8f6; }}
  .note {{ color: #c8c6c4; border-color: #484644; }}
}}
</style>
</head>
<body><main>
{content}
<p class="note">This is the sandbox directory of Partner Access. It runs on this computer only; nothing was mailed.</p>
</main></body></html>
"""


class Pages:
    """`/` and `/redeem/{ticket}`."""

    def __init__(self, state: DirectoryState, writes: Writes) -> None:
        self._state = state
        self._writes = writes
        self._key = secrets.token_bytes(32)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self._outbox)
        app.router.add_get("/redeem/{ticket}", self._invitation)
        app.router.add_post("/redeem/{ticket}", self._accept)

    async def _outbox(self, _request: web.Request) -> web.Response:
        rows = "".join(
            f"<tr><td>{escape(each.address)}</td><td>{each.at:%Y-%m-%d %H:%M} UTC</td>"
            f'<td>{escape(str(self._state_of(each)))}</td><td><a href="/redeem/{each.ticket}">Open</a></td></tr>'
            for each in reversed(self._state.contents.invitations)
        )
        content = (
            f"<table><tr><th>Guest</th><th>Invited</th><th>State</th><th>Invitation</th></tr>{rows}</table>"
            if rows
            else "<p>Nobody has been invited yet.</p>"
        )
        return _page(f"Invitations from {self._state.seed.tenant.name}", content)

    async def _invitation(self, request: web.Request) -> web.Response:
        invitation = self._found(request)
        if invitation is None:
            return _unknown()
        if self._state_of(invitation) == "Accepted":
            return self._accepted(invitation)
        session = secrets.token_urlsafe(16)
        tenant = escape(self._state.seed.tenant.name)
        name = escape(str(self._state.contents.users[invitation.user].properties["displayName"]))
        content = (
            f"<p>{tenant} invites <strong>{name}</strong> ({escape(invitation.address)}) to work together.</p>"
            f"<p>If you accept, {tenant} can see your name and address, and keeps a record of what you open there.</p>"
            f'<form method="post"><input type="hidden" name="proof" value="{self._proof(session, invitation)}">'
            '<button type="submit" id="accept">Accept</button></form>'
        )
        response = _page(f"{self._state.seed.tenant.name} invites you", content)
        response.set_cookie(_COOKIE, session, httponly=True, samesite="Strict", path=f"/redeem/{invitation.ticket}")
        return response

    async def _accept(self, request: web.Request) -> web.Response:
        invitation = self._found(request)
        if invitation is None:
            return _unknown()
        proof = str((await request.post()).get("proof", ""))
        if not hmac.compare_digest(proof, self._proof(request.cookies.get(_COOKIE, ""), invitation)):
            return _page("Please try again", "<p>Open the invitation's link again, and accept there.</p>", status=400)
        user = self._state.contents.users[invitation.user]
        if user.properties["externalUserState"] != "Accepted":
            self._writes.set_redemption(user, "Accepted")
            self._state.keep()
        return self._accepted(invitation)

    def _accepted(self, invitation: StoredInvitation) -> web.Response:
        content = f"<p>{escape(invitation.address)} is a guest of {escape(self._state.seed.tenant.name)} now.</p>"
        if urlsplit(invitation.redirect_url).scheme in ("http", "https"):
            content += f'<p><a href="{escape(invitation.redirect_url)}">Go on to what you were invited to</a></p>'
        return _page("You have accepted", content)

    def _found(self, request: web.Request) -> StoredInvitation | None:
        ticket = request.match_info["ticket"]
        found = next((each for each in self._state.contents.invitations if each.ticket == ticket), None)
        user = self._state.contents.users.get(found.user) if found else None
        return found if user and not user.deleted else None

    def _state_of(self, invitation: StoredInvitation) -> object:
        user = self._state.contents.users.get(invitation.user)
        return user.properties["externalUserState"] if user and not user.deleted else "Deleted"

    def _proof(self, session: str, invitation: StoredInvitation) -> str:
        """Ties the form to the cookie of whoever opened it, so that no other page can send it."""
        return hmac.new(self._key, f"{session}:{invitation.id}".encode(), hashlib.sha256).hexdigest()


def _page(title: str, content: str, *, status: int = 200) -> web.Response:
    text = _PAGE.format(title=escape(title), content=f"<h1>{escape(title)}</h1>\n{content}")
    return web.Response(
        text=text,
        content_type="text/html",
        status=status,
        headers={
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
            "frame-ancestors 'none'",
        },
    )


def _unknown() -> web.Response:
    return _page("This invitation is not valid", "<p>Ask whoever invited you for a new one.</p>", status=404)
