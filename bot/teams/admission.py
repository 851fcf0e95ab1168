"""Who is let in: the caller by its token, then the activity by what the token may speak for, and by its tenant."""

import structlog
from botbuilder.schema import Activity

from bot.teams.activities import TEAMS, tenants_of
from bot.teams.errors import Refused
from bot.teams.service_urls import ServiceUrls
from bot.teams.token_check import TokenCheck, VerifiedToken

log = structlog.get_logger(__name__)


class Admission:
    """Lets calls in or raises Refused (invariant 11).

    `tokens` None switches authentication off, which only the sandbox may: then `service_urls` must take nothing but
    loopback, so that nothing can be drawn out of this machine.
    """

    def __init__(self, *, tokens: TokenCheck | None, tenant_id: str, service_urls: ServiceUrls) -> None:
        if tokens is None and not service_urls.only_loopback:
            raise ValueError("without authentication only loopback service URLs may be used")
        if not tenant_id:
            raise ValueError("the tenant that is served must be named")
        self._tokens = tokens
        self._tenant_id = tenant_id.lower()
        self._service_urls = service_urls

    async def admit_caller(self, authorization: str | None) -> VerifiedToken | None:
        return None if self._tokens is None else await self._tokens.verify(authorization)

    def admit_activity(self, token: VerifiedToken | None, activity: Activity) -> None:
        if activity.channel_id != TEAMS:
            # Other channels let their clients say who they are.
            raise Refused(403, f"channel {str(activity.channel_id)[:40]!r} is not Teams")
        service_url = activity.service_url or ""
        if token is not None:
            if token.service_url.rstrip("/") != service_url.rstrip("/"):
                raise Refused(403, "the token is for another service URL")
            endorsed = token.key.endorsements
            # As in Microsoft's own SDKs, a key that is published without the list is not limited by it.
            if endorsed is not None and TEAMS not in endorsed:
                raise Refused(403, "the token's key is not endorsed for Teams")
        self._service_urls.check(service_url)
        if tenants_of(activity) != {self._tenant_id}:
            raise Refused(403, f"tenant {sorted(tenants_of(activity))} is not served")
