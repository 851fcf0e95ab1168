"""The few pages that people and app catalogues look for: what this is, privacy, terms. No data of anyone is on them."""

from collections.abc import Awaitable, Callable

from aiohttp import web

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;
color:#1f2933;background:#fff}}h1{{color:#1f3a5f}}@media(prefers-color-scheme:dark){{body{{color:#e4e7eb;background:#14202e}}
h1,a{{color:#9cc4ff}}}}</style></head><body><h1>{title}</h1>{text}</body></html>
"""

_ABOUT = (
    "Partner Access",
    "<p>A Microsoft Teams bot through which employees ask for an external partner's access, and approvers decide."
    " It is used inside Teams; there is nothing to do on this page.</p>"
    '<p><a href="/privacy">Privacy</a> · <a href="/terms">Terms of use</a></p>',
)
_PRIVACY = (
    "Privacy",
    "<p>This bot is run by your own company, in its own tenant, with its own database. It keeps what a request needs:"
    " who asked, for which guest (name and address), for what, until when and why, who decided and when, and an audit"
    " trail of these steps. It reads names, jobs, managers and group memberships from your company's directory when a"
    " request needs them.</p><p>Nothing is sent to the makers of the software, and no page of it sets cookies."
    " Your company decides how long data is kept; ask whoever runs the bot there to see, correct or erase yours.</p>",
)
_TERMS = (
    "Terms of use",
    "<p>The software is provided under the MIT licence, without warranty. Your company runs it and decides who may use"
    " it and under which policy.</p>",
)


def add_pages(app: web.Application) -> None:
    """Mounts `/`, `/privacy` and `/terms`."""
    for path, (title, text) in (("/", _ABOUT), ("/privacy", _PRIVACY), ("/terms", _TERMS)):
        app.router.add_get(path, _page(_PAGE.format(title=title, text=text)))


def _page(html: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers=headers)

    return page
