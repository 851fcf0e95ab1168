"""Whether a guest has accepted the invitation (graph.md, E)."""

from datetime import datetime

from bot.domain.people import Redemption
from bot.graph.client import GraphClient, segment
from bot.graph.errors import GraphCode
from bot.graph.shapes import User, redemption
from bot.workflow.errors import GraphError


class GraphRedemptions:
    """The Redemptions port over Graph."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def redemption_of(self, user_id: str) -> tuple[Redemption, datetime | None]:
        """Raises a retryable GraphError while the user is not visible."""
        try:
            user = await self._client.get(
                f"/users/{segment(user_id)}",
                User,
                params={"$select": "id,externalUserState,externalUserStateChangeDateTime"},
            )
        except GraphError as error:
            if error.code != GraphCode.NOT_FOUND:
                raise
            raise GraphError(GraphCode.NOT_THERE_YET.value, retryable=True, status=404, detail=error.detail) from error
        return redemption(user.external_user_state), user.external_user_state_change_date_time
