"""The SDK's plain echo bot, as its samples write it: CloudAdapter, authentication on. It answers with one card."""

import sys
from functools import partial

import botframework.connector.auth.microsoft_app_credentials as sdk_credentials  # type: ignore[import-untyped]
from aiohttp import web
from botbuilder.core import ActivityHandler, CardFactory, MessageFactory, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from bench.identity import APP_ID, ISSUER, TENANT_ID, InProcessTokens


class Configuration:
    """The names that the SDK reads. The connector's port is filled in at start."""

    APP_ID = APP_ID
    APP_PASSWORD = "bench"
    APP_TYPE = "SingleTenant"
    APP_TENANTID = TENANT_ID
    TO_CHANNEL_FROM_BOT_LOGIN_URL = f"https://login.microsoftonline.com/{TENANT_ID}"
    TO_CHANNEL_FROM_BOT_OAUTH_SCOPE = "https://api.botframework.com"
    TO_BOT_FROM_CHANNEL_TOKEN_ISSUER = ISSUER
    TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL = ""


class Echo(ActivityHandler):  # type: ignore[misc]
    """Says what it heard, on a card."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        card = {
            "type": "AdaptiveCard",
            "version": "1.5",
            "body": [{"type": "TextBlock", "text": turn_context.activity.text, "wrap": True}],
        }
        await turn_context.send_activity(MessageFactory.attachment(CardFactory.adaptive_card(card)))


def main(connector_port: int) -> None:
    configuration = Configuration()
    configuration.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL = f"http://127.0.0.1:{connector_port}/openid"
    # The SDK gives MSAL no HTTP client of its own choice; this is the only place to hand it ours.
    sdk_credentials.ConfidentialClientApplication = partial(
        sdk_credentials.ConfidentialClientApplication, http_client=InProcessTokens()
    )
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(configuration))
    bot = Echo()

    async def messages(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await adapter.process(request, bot)
        return response

    application = web.Application()
    application.router.add_post("/api/messages", messages)
    application.on_startup.append(_say_port)
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)


async def _say_port(_: web.Application) -> None:
    print(sys.argv[2], flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
