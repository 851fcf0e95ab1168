"""Settings, read once from the environment and `.env`; frozen. Only the composition root imports this.

Every command demands only what it uses: a wrong or missing value stops it and names the variable.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LEAST_DATA_KEY = 32


class SettingsError(Exception):
    """What is wrong with the settings, a line each, naming the variables."""


class AppType(StrEnum):
    """How the bot proves who it is (new multi-tenant bots cannot be made since 31 July 2025)."""

    SINGLE_TENANT = "SingleTenant"
    MANAGED_IDENTITY = "UserAssignedMSI"


class PolicyChanges(StrEnum):
    """How a changed policy comes in force."""

    DIRECT = "direct"
    APPROVED = "approved"
    """What may grant anything new waits for a second administrator."""


class Settings(BaseSettings):
    """The ecosystem's names. Where AZURE_* is not given, Graph is reached as the bot's own application."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True)

    app_id: str = Field("", validation_alias="MicrosoftAppId")
    app_password: str = Field("", validation_alias="MicrosoftAppPassword", repr=False)
    app_type: AppType = Field(AppType.SINGLE_TENANT, validation_alias="MicrosoftAppType")
    app_tenant_id: str = Field("", validation_alias="MicrosoftAppTenantId")

    graph_tenant_id: str = Field("", validation_alias=AliasChoices("AZURE_TENANT_ID", "MicrosoftAppTenantId"))
    graph_client_id: str = Field("", validation_alias=AliasChoices("AZURE_CLIENT_ID", "MicrosoftAppId"))
    graph_client_secret: str = Field(
        "", validation_alias=AliasChoices("AZURE_CLIENT_SECRET", "MicrosoftAppPassword"), repr=False
    )
    certificate_path: Path | None = Field(None, validation_alias="AZURE_CLIENT_CERTIFICATE_PATH")

    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(3978, validation_alias="PORT", ge=0, le=65535)
    public_url: str = Field("", validation_alias="PUBLIC_URL")
    database_url: str = Field("sqlite:///partner-access.db", validation_alias="DATABASE_URL", repr=False)
    policy_path: Path = Field(Path("policies/default"), validation_alias="POLICY_PATH")
    policy_changes: PolicyChanges = Field(PolicyChanges.DIRECT, validation_alias="POLICY_CHANGES")
    admin_group: str = Field("", validation_alias="ADMIN_GROUP")
    data_keys: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="DATA_KEYS", repr=False)

    authority_host: str = Field("https://login.microsoftonline.com", validation_alias="AZURE_AUTHORITY_HOST")
    graph_endpoint: str = Field("https://graph.microsoft.com", validation_alias="GRAPH_ENDPOINT")
    openid_metadata_url: str = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration", validation_alias="BOT_OPENID_METADATA_URL"
    )
    token_issuer: str = Field("https://api.botframework.com", validation_alias="BOT_TOKEN_ISSUER")
    login_url: str = Field("https://login.microsoftonline.com", validation_alias="BOT_LOGIN_URL")
    oauth_scope: str = Field("https://api.botframework.com/.default", validation_alias="BOT_OAUTH_SCOPE")

    @field_validator("data_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(key.strip() for key in value.split(",") if key.strip()) if isinstance(value, str) else value

    @field_validator("authority_host", "graph_endpoint")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("must begin with https://")
        return value.rstrip("/")

    def demand(self, *names: str) -> None:
        """Raises SettingsError naming every variable among these fields that is not set."""
        fields = type(self).model_fields
        missing = [_variable(fields[name].validation_alias) for name in names if not getattr(self, name)]
        if missing:
            lines = "\n".join(f"  {variable} is not set" for variable in missing)
            raise SettingsError(f"{lines}\nSet them in the environment or in .env; .env.example explains each.")

    def demand_for_serving(self) -> None:
        """All that the bot needs in a tenant. There is no way to serve without authentication."""
        has_own_secret = self.app_type is AppType.MANAGED_IDENTITY or self.certificate_path is not None
        secret = () if has_own_secret else ("app_password",)
        self.demand("app_id", "app_tenant_id", *secret, "admin_group", "data_keys")
        if self.certificate_path is not None and not self.certificate_path.is_file():
            raise SettingsError(f"  AZURE_CLIENT_CERTIFICATE_PATH: there is no file {self.certificate_path}")
        if any(len(key) < LEAST_DATA_KEY for key in self.data_keys):
            raise SettingsError(f"  DATA_KEYS: every key needs at least {LEAST_DATA_KEY} characters")
        if self.app_password and self.app_password in self.data_keys:
            raise SettingsError("  DATA_KEYS: never the client secret, which is replaced for other reasons")


def read_settings(env_file: str | None = ".env") -> Settings:
    """Raises SettingsError naming each variable with a wrong value."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as failure:
        lines = [
            f"  {'.'.join(str(part) for part in error['loc'])}: {error['msg'].removeprefix('Value error, ')}"
            for error in failure.errors()
        ]
        raise SettingsError("\n".join(lines)) from None


def _variable(alias: object) -> str:
    if isinstance(alias, AliasChoices):
        return " or ".join(str(choice) for choice in alias.choices)
    return str(alias)
