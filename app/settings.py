"""Every setting Quiver reads from the environment (prefix QUIVER_); nothing else reads the environment."""

from email.utils import parseaddr
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_SECRET = "development-only"  # noqa: S105 - refused in production below
LEAST_SECRET = 16
SHORT_SECRET = f"QUIVER_SECRET_KEY has fewer than {LEAST_SECRET} characters, so it could be guessed. Set a longer one, or none."


class Settings(BaseSettings):
    """Read once at start. Each field is `QUIVER_` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="QUIVER_", env_ignore_empty=True, extra="ignore", frozen=True)

    environment: Literal["development", "production"] = Field("development", description="production refuses the default secret")
    data_dir: Path = Field(Path("content_store"), description="folder for database, files and index")
    model_path: str = Field("", description="file that `make model` wrote; empty: `models/all-minilm-l6-v2.onnx` in the data folder")
    database_url: str = Field("", description="empty: SQLite in the data folder; or `postgresql://user@host/name`")
    base_url: str = Field(
        "", description="address people use, for links; with `https://` cookies become `__Host-` ones; empty: `http://` host `:` port"
    )
    host: str = Field("127.0.0.1", description="address the portal listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the portal listens on")
    secret_key: SecretStr = Field(
        SecretStr(DEFAULT_SECRET),
        description="key for signed messages, in production of 16 characters or more; when not given, one is written to `secret.key` in "
        "the data folder",
    )
    trusted_proxy: str = Field(
        "", description="address of the reverse proxy (several with commas), whose word on the visitor's address and scheme is taken"
    )
    max_upload_bytes: int = Field(500 * 1024 * 1024, ge=1, description="largest file accepted, in bytes")
    user_quota_bytes: int = Field(20 * 1024**3, ge=1, description="most bytes one person may have uploaded")
    total_quota_bytes: int = Field(200 * 1024**3, ge=1, description="most bytes the whole store may hold")
    idle_body_seconds: float = Field(30.0, gt=0, description="an upload that sends nothing for so long is ended")
    embedded_worker: bool = Field(True, description="run the background worker inside the serving process")
    log_format: Literal["console", "json"] = Field("console", description="json for log collectors")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="whoever sends it as a bearer token may read `/metrics`; empty: administrators only"
    )
    smtp_host: str = Field("", description="mail server for invitations, what is due, and mails out of rooms; empty: no mails are sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_user: str = Field("", description="account there; empty: none is needed")
    smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    smtp_from: str = Field("", description="address mails are from, like `Quiver <quiver@example.com>`; empty: `QUIVER_SMTP_USER`")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="starttls, tls from the first byte, or none")
    visits_kept_days: int = Field(
        365,
        ge=1,
        le=3650,
        description="how many days it is remembered who opened which room and, once a link is over, what its guests filled in, asked and "
        "were called",
    )
    crash_at: str = Field("", description="named crash point for durability tests; never set it on a real portal")

    @field_validator("database_url")
    @classmethod
    def _name_a_database(cls, value: str) -> str:
        if value and not _is_address(value, ("sqlite", "postgresql", "postgresql+psycopg")):
            raise ValueError("must be empty, for SQLite in the data folder, or like postgresql://user@host/name")
        return value

    @field_validator("base_url")
    @classmethod
    def _name_a_site(cls, value: str) -> str:
        address = value.rstrip("/")
        if address and not (_is_address(address, ("http", "https")) and address.count("/") == 2):
            raise ValueError("must be empty or like https://portal.example.com")
        return address

    @field_validator("smtp_from")
    @classmethod
    def _name_a_sender(cls, value: str) -> str:
        if value and not _is_mail_address(value):
            raise ValueError("must be empty or an address like Quiver <quiver@example.com>")
        return value

    @field_validator("trusted_proxy")
    @classmethod
    def _name_proxies(cls, value: str) -> str:
        for proxy in filter(None, map(str.strip, value.split(","))):
            if proxy != "*" and not _is_network(proxy):
                raise ValueError("must be empty or addresses like 10.0.0.5 or 10.0.0.0/24, with commas between")
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if not self.base_url:
            host = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "base_url", f"http://{host}:{self.port}")
        if self.smtp_host and not (self.smtp_from or self.smtp_user):
            raise ValueError("Mails need an address they are from. Set QUIVER_SMTP_FROM, or leave QUIVER_SMTP_HOST empty.")
        if self.smtp_host and not self.smtp_from and not _is_mail_address(self.smtp_user):
            raise ValueError("QUIVER_SMTP_USER is no address mails could be from. Set QUIVER_SMTP_FROM, like Quiver <quiver@example.com>.")
        self._check_secret_key()
        return self

    def _check_secret_key(self) -> None:
        """Take the key out of its file when the environment gives none; in production it must be there and long enough."""
        if self.secret_key.get_secret_value() != DEFAULT_SECRET:
            if self.environment == "production" and len(self.secret_key.get_secret_value()) < LEAST_SECRET:
                raise ValueError(SHORT_SECRET)
        elif self.secret_file.exists():
            object.__setattr__(self, "secret_key", SecretStr(self.secret_file.read_text().strip()))
        elif self.environment == "production":
            raise ValueError("There is no secret key. Set QUIVER_SECRET_KEY, or run `quiver migrate`, which writes one.")

    @property
    def secret_file(self) -> Path:
        """Where the key is kept when the environment gives none."""
        return self.data_dir / "secret.key"

    @property
    def model_file(self) -> Path:
        """Where the model of meaning is looked for; without one, search goes by words."""
        return Path(self.model_path) if self.model_path else self.data_dir / "models" / "all-minilm-l6-v2.onnx"

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.resolve() / 'quiver.db'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def secure_cookies(self) -> bool:
        """Whether people reach the portal over https, so that cookies carry the __Host- prefix."""
        return self.base_url.startswith("https://")


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    """Whether it begins like an address of one of these, with a port that is a number."""
    try:
        return urlsplit(value).scheme in schemes and "://" in value and urlsplit(value).port != 0
    except ValueError:
        return False


def _is_mail_address(value: str) -> bool:
    """Whether a mail can be from it: one address, with a name before it or without."""
    name, address = parseaddr(value)
    local, _, domain = address.rpartition("@")
    return bool(local and domain) and not any(letter.isspace() for letter in address) and (bool(name) or "<" in value or value == address)


def _is_network(value: str) -> bool:
    try:
        ip_network(value)
    except ValueError:
        return False
    return True


class _DataFolder(BaseSettings):
    """Only the data folder; a missing secret does not matter here."""

    model_config = SettingsConfigDict(env_prefix="QUIVER_", env_ignore_empty=True, extra="ignore")

    data_dir: Path = Path("content_store")


class _CrashAt(BaseSettings):
    """Only the crash point, asked for before the other settings are complete."""

    model_config = SettingsConfigDict(env_prefix="QUIVER_", env_ignore_empty=True, extra="ignore")

    crash_at: str = ""


@lru_cache
def named_crash_point() -> str:
    """Where a durability test wants this process to stop dead."""
    return _CrashAt().crash_at


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()


def data_folder() -> Path:
    """Where data lives, readable before the other settings are complete."""
    return _DataFolder().data_dir
