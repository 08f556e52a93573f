"""Rate limits: counted in Redis when there is one, else in the memory of each worker process.

There is no limit for pages in general: a whole venue stands behind one address. Views that could be used to guess or
to flood (signing in, codes, public forms, checking an agreement) set their own.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from expo.kit.config import Config


class _OnlyWhereSet(Limiter):
    """Limits are counted by the views that set some; nothing is asked in front of all the others."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = _OnlyWhereSet(get_remote_address, headers_enabled=True)


@limiter.request_filter
def _is_test() -> bool:
    """Tests send many requests from one address; those about limits switch them on."""
    return bool(current_app.testing and not current_app.config.get("LIMITS_IN_TEST"))


def by_link() -> str:
    """Counts by the private link in the address instead: behind one network address stands a whole venue, and nobody
    finds another's link by trying."""
    return str((request.view_args or {}).get("token", "")) or get_remote_address()


def storage_uri(config: Config) -> str:
    """Where requests are counted."""
    return config.redis_url or "memory://"


def init_limits(app: Flask, config: Config) -> None:
    """Let single views limit requests per address: ``@limiter.limit("5/minute")``."""
    app.config.update(
        RATELIMIT_STORAGE_URI=storage_uri(config),
        RATELIMIT_HEADERS_ENABLED=True,
    )
    limiter.init_app(app)
