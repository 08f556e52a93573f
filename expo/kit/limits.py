"""Rate limits: counted in Redis when there is one, else in the memory of each worker process.

The edge (nginx) limits the sign-in and upload addresses too, so that a worker is not reached at all by a flood.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from expo.kit.config import Config

limiter = Limiter(get_remote_address, headers_enabled=True)


def init_limits(app: Flask, config: Config) -> None:
    """Count requests per address; single views add their own ``@limiter.limit("5/minute")``."""
    app.config.update(
        RATELIMIT_STORAGE_URI=config.redis_url or "memory://",
        RATELIMIT_DEFAULT="1200/minute",
        RATELIMIT_HEADERS_ENABLED=True,
    )
    limiter.init_app(app)
    limiter.request_filter(lambda: bool(app.testing and not app.config.get("LIMITS_IN_TEST")))
