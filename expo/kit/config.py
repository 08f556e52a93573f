"""One frozen object with every setting, read once from the environment and an optional file.

All mistakes are collected and reported together, so that an operator mends a set-up in one go.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
#: Names that ``expo.kit.outbox`` has a provider for.
SMS_PROVIDERS = ("console",)


class ConfigError(Exception):
    """The set-up is wrong; ``problems`` holds one sentence per mistake."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Storage:
    """Where uploads lie: a folder, or a bucket of an S3-compatible service when ``bucket`` is set."""

    folder: Path
    bucket: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    region: str = "us-east-1"

    @property
    def origin(self) -> str:
        """Scheme and host from which browsers fetch what lies in the bucket; empty for the folder."""
        if not self.bucket:
            return ""
        parts = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Smtp:
    """The mail server; without a host, mail is written to ``EXPO_HOME/mail`` instead of being sent."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "none"
    sender: str = "expo@localhost"


@dataclass(frozen=True)
class Media:
    """Where pictures come in and go out. Without ``control`` there is no media server on this machine."""

    # As senders type it, such as rtmp://live.example.cn/ingest.
    sender_url: str = ""
    # Where an accepted stream is handed on to; reachable from this machine alone.
    inner_url: str = ""
    control: str = ""
    secret: str = field(default="", repr=False)
    # Base of the addresses of pictures; empty: this site itself.
    hls_url: str = ""
    # How many live broadcasts get a small rung besides the sender's own picture; the others are passed on as they come.
    low_rungs: int = 4
    # Recording stops when the disk has less than this left.
    disk_mb: int = 2048
    # Hosts of the own network to which channels may be sent on; public ones need not be named.
    target_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Config:
    """Every setting of one running instance. ``docs/operations.md`` lists them."""

    home: Path
    database_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    public_url: str
    site_name: str
    timezone: ZoneInfo
    storage: Storage
    smtp: Smtp
    sms_provider: str
    trusted_proxies: int
    accelerated_files: bool
    push_url: str
    push_secret: str = field(repr=False)
    media: Media
    session_idle: timedelta
    max_upload_mb: int
    demo: bool = False
    clock_offset: timedelta = timedelta(0)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


#: name, default, meaning. The one list from which the reader below and docs/operations.md are checked.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("EXPO_HOME", "var", "Folder with all data: database, uploads, secrets, logs."),
    ("EXPO_CONFIG_FILE", "", "File with further settings, one NAME=value a line; the environment wins."),
    ("EXPO_DATABASE_URL", "", "PostgreSQL address such as postgresql://user:password@host/expo; empty: SQLite."),
    ("EXPO_REDIS_URL", "", "Redis address for jobs and rate limits of several machines; empty: SQLite and memory."),
    ("EXPO_SECRET_KEY", "", "Signs sessions and links, at least 32 characters; empty: made on the first start."),
    ("EXPO_PUBLIC_URL", "http://localhost:8000", "Address under which people reach the site; stands in QR codes and mail."),
    ("EXPO_SITE_NAME", "天府科创会", "Name of the site in titles and mail."),
    ("EXPO_TIMEZONE", "Asia/Shanghai", "Zone in which dates and times are shown and entered."),
    ("EXPO_S3_BUCKET", "", "Bucket for uploads; empty: the folder EXPO_HOME/files."),
    ("EXPO_S3_ENDPOINT", "", "Address of the S3-compatible service."),
    ("EXPO_S3_ACCESS_KEY", "", "Its access key."),
    ("EXPO_S3_SECRET_KEY", "", "Its secret key."),
    ("EXPO_S3_REGION", "us-east-1", "Its region."),
    ("EXPO_SMTP_HOST", "", "Mail server; empty: mail is written to EXPO_HOME/mail."),
    ("EXPO_SMTP_PORT", "25", "Its port."),
    ("EXPO_SMTP_USER", "", "Its account, if it wants one."),
    ("EXPO_SMTP_PASSWORD", "", "The account's password."),
    ("EXPO_SMTP_TLS", "none", "none, starttls or tls."),
    ("EXPO_MAIL_FROM", "expo@localhost", "Sender of mail."),
    ("EXPO_SMS_PROVIDER", "console", "How text messages leave: console shows them where the site was started."),
    ("EXPO_TRUSTED_PROXIES", "0", "How many proxies before the app set X-Forwarded-For; scripts/serve sets 1."),
    ("EXPO_ACCELERATED_FILES", "no", "yes when nginx serves uploads through X-Accel-Redirect; scripts/serve sets it."),
    ("EXPO_PUSH_URL", "", "Where nchan takes messages to open pages, unix:/path or http://host:port; scripts/serve sets it."),
    ("EXPO_PUSH_SECRET", "", "Signs the addresses of those messages; the edge knows it too; scripts/serve sets it."),
    ("EXPO_PUSH_REDIS_URL", "", "Redis by which several edges carry the same messages; read by scripts/serve for its edge."),
    ("EXPO_MEDIA_SENDER_URL", "", "RTMP address as senders type it; scripts/serve sets it."),
    ("EXPO_MEDIA_INNER_URL", "", "RTMP address inside of this machine; scripts/serve sets it."),
    ("EXPO_MEDIA_CONTROL", "", "Where the media server takes orders, unix:/path; empty: there is none; scripts/serve sets it."),
    ("EXPO_MEDIA_SECRET", "", "Signs the addresses of pictures; edge and media server know it too; scripts/serve sets it."),
    ("EXPO_MEDIA_HLS_URL", "", "Address of a CDN in front of the pictures; empty: the site itself."),
    ("EXPO_MEDIA_LOW_RUNGS", "4", "How many live broadcasts get a small picture besides the full one (a quarter of a core each)."),
    ("EXPO_MEDIA_DISK_MB", "2048", "Recording stops when the disk has less than this left."),
    ("EXPO_MEDIA_TARGET_HOSTS", "", "Hosts of the own network, separated by blanks, to which channels may be sent on (simulcast)."),
    ("EXPO_SESSION_IDLE_MINUTES", "120", "Minutes without a request after which a sign-in ends."),
    ("EXPO_MAX_UPLOAD_MB", "512", "Largest upload (a video) in MB."),
)


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read all settings, make the data folder and its secret; raises :class:`ConfigError`."""
    given = dict(os.environ if environ is None else environ)
    problems: list[str] = []
    values = given_values(given, problems)

    def text(name: str) -> str:
        default = next(d for n, d, _ in SETTINGS if n == name)
        return values.get(name, default).strip()

    def parsed(name: str, parse: Callable[[str], T], wanted: str, fallback: T) -> T:
        try:
            return parse(text(name))
        except (ValueError, KeyError, OSError):
            problems.append(f"{name} is {text(name)!r}, but it must be {wanted}.")
            return fallback

    home = Path(text("EXPO_HOME"))
    home = home if home.is_absolute() else ROOT / home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problems.append(f"EXPO_HOME {home} cannot be made: {error.strerror}. Name a folder that can be written.")
    database_url = _database_url(text("EXPO_DATABASE_URL"), home, problems)
    if text("EXPO_REDIS_URL") and not text("EXPO_REDIS_URL").startswith(("redis://", "rediss://")):
        problems.append("EXPO_REDIS_URL must start with redis:// or rediss://.")
    if text("EXPO_S3_BUCKET"):
        problems += [
            f"EXPO_S3_BUCKET is set, so {n} must be set too."
            for n in ("EXPO_S3_ACCESS_KEY", "EXPO_S3_SECRET_KEY")
            if not text(n)
        ]
    public_url = text("EXPO_PUBLIC_URL").rstrip("/")
    if not public_url.startswith(("http://", "https://")):
        problems.append("EXPO_PUBLIC_URL must start with http:// or https://.")
    if text("EXPO_SMTP_TLS") not in {"none", "starttls", "tls"}:
        problems.append("EXPO_SMTP_TLS must be none, starttls or tls.")
    if text("EXPO_SMS_PROVIDER") not in SMS_PROVIDERS:
        problems.append(f"EXPO_SMS_PROVIDER must be one of: {', '.join(SMS_PROVIDERS)}.")
    if text("EXPO_PUSH_URL") and not text("EXPO_PUSH_URL").startswith(("unix:/", "http://")):
        problems.append("EXPO_PUSH_URL must start with unix:/ or http://.")
    if text("EXPO_PUSH_URL") and not text("EXPO_PUSH_SECRET"):
        problems.append("EXPO_PUSH_URL is set, so EXPO_PUSH_SECRET must be set too.")
    if text("EXPO_MEDIA_CONTROL") and not (text("EXPO_MEDIA_SECRET") and text("EXPO_MEDIA_INNER_URL")):
        problems.append("EXPO_MEDIA_CONTROL is set, so EXPO_MEDIA_SECRET and EXPO_MEDIA_INNER_URL must be set too.")
    secret = text("EXPO_SECRET_KEY")
    if secret and len(secret) < 32:
        problems.append("EXPO_SECRET_KEY must have at least 32 characters.")
    numbers = {
        name: parsed(name, _positive, "a whole number from 0", 0)
        for name in ("EXPO_SMTP_PORT", "EXPO_TRUSTED_PROXIES", "EXPO_SESSION_IDLE_MINUTES", "EXPO_MAX_UPLOAD_MB",
                     "EXPO_MEDIA_LOW_RUNGS", "EXPO_MEDIA_DISK_MB")
    }
    timezone = parsed("EXPO_TIMEZONE", ZoneInfo, "a zone such as Asia/Shanghai", ZoneInfo("UTC"))
    accelerated = parsed("EXPO_ACCELERATED_FILES", _yes_no, "yes or no", False)
    unknown = sorted(set(values) - {n for n, _, _ in SETTINGS} - {"EXPO_TEST_DATABASE", "EXPO_TEST_POSTGRES"})
    problems += [f"{name} is not a setting; docs/operations.md lists them." for name in unknown]
    if problems:
        raise ConfigError(problems)
    demo = _demo(home)
    return Config(
        home=home,
        database_url=database_url,
        redis_url=text("EXPO_REDIS_URL"),
        secret_key=secret or _kept_secret(home / "secret-key"),
        public_url=public_url,
        site_name=text("EXPO_SITE_NAME"),
        timezone=timezone,
        storage=Storage(
            folder=home / "files",
            bucket=text("EXPO_S3_BUCKET"),
            endpoint=text("EXPO_S3_ENDPOINT"),
            access_key=text("EXPO_S3_ACCESS_KEY"),
            secret_key=text("EXPO_S3_SECRET_KEY"),
            region=text("EXPO_S3_REGION"),
        ),
        smtp=Smtp(
            host=text("EXPO_SMTP_HOST"),
            port=numbers["EXPO_SMTP_PORT"],
            user=text("EXPO_SMTP_USER"),
            password=text("EXPO_SMTP_PASSWORD"),
            tls=text("EXPO_SMTP_TLS"),
            sender=text("EXPO_MAIL_FROM"),
        ),
        sms_provider=text("EXPO_SMS_PROVIDER"),
        trusted_proxies=numbers["EXPO_TRUSTED_PROXIES"],
        accelerated_files=accelerated,
        push_url=text("EXPO_PUSH_URL").rstrip("/"),
        push_secret=text("EXPO_PUSH_SECRET"),
        media=Media(
            sender_url=text("EXPO_MEDIA_SENDER_URL").rstrip("/"),
            inner_url=text("EXPO_MEDIA_INNER_URL").rstrip("/"),
            control=text("EXPO_MEDIA_CONTROL"),
            secret=text("EXPO_MEDIA_SECRET"),
            hls_url=text("EXPO_MEDIA_HLS_URL").rstrip("/"),
            low_rungs=numbers["EXPO_MEDIA_LOW_RUNGS"],
            disk_mb=numbers["EXPO_MEDIA_DISK_MB"],
            target_hosts=frozenset(text("EXPO_MEDIA_TARGET_HOSTS").lower().split()),
        ),
        session_idle=timedelta(minutes=numbers["EXPO_SESSION_IDLE_MINUTES"]),
        max_upload_mb=numbers["EXPO_MAX_UPLOAD_MB"],
        demo=demo is not None,
        clock_offset=timedelta(seconds=(demo or {}).get("clock_offset_s", 0)),
    )


def current_config() -> Config:
    """The configuration of the running app."""
    from flask import current_app  # Late: whoever only reads settings, as scripts/serve does, loads no Flask.

    config: Config = current_app.extensions["expo_config"]
    return config


def mark_demo(home: Path, clock_offset: timedelta) -> None:
    """Mark a data folder as demonstration, with a clock that runs ``clock_offset`` ahead of the real one."""
    (home / "demo.json").write_text(json.dumps({"clock_offset_s": clock_offset.total_seconds()}))


def _demo(home: Path) -> dict[str, Any] | None:
    path = home / "demo.json"
    return dict(json.loads(path.read_text())) if path.exists() else None


def given_values(environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """What the settings' file and the environment say; the environment wins. Mistakes of the file join ``problems``."""
    own = {name: value for name, value in environ.items() if name.startswith("EXPO_")}
    return _file_values(environ.get("EXPO_CONFIG_FILE", ""), problems) | own


def _file_values(path: str, problems: list[str]) -> dict[str, str]:
    if not path:
        return {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        problems.append(f"EXPO_CONFIG_FILE {path} cannot be read: {error.strerror}.")
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            problems.append(f"Line {number} of {path} is not NAME=value.")
        values[name.strip()] = value.strip()
    return values


def _database_url(url: str, home: Path, problems: list[str]) -> str:
    if not url:
        return f"sqlite:///{home / 'expo.db'}"
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("postgresql+psycopg://", "sqlite:///")):
        return url
    problems.append("EXPO_DATABASE_URL must start with postgresql:// (or be empty for SQLite).")
    return ""


def _kept_secret(path: Path) -> str:
    """The secret in ``path``; made once, readable by its owner alone, safe when two processes start together."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _positive(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(value)
    return number


def _yes_no(value: str) -> bool:
    return {"yes": True, "no": False}[value]
