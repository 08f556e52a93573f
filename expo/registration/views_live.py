"""What the badge on the phone needs to change its code by itself: a secret, the site's clock, a service worker."""

from __future__ import annotations

import base64
from typing import NamedTuple

from flask import current_app, jsonify
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.limits import limiter
from expo.kit.web import public
from expo.registration.models import Badge
from expo.registration.queries_keys import badge_code, live_secret
from expo.registration.rules_codes import address
from expo.registration.views import bp


class LiveValues(NamedTuple):
    """The address of a badge's code and the secret of its live part, as the page carries them."""

    address: str
    secret: str


def live_values(badge: Badge | None, edition: Edition) -> LiveValues | None:
    """For the holder's own page only: who has the secret has the badge."""
    if badge is None:
        return None
    signed = badge_code(badge, edition)
    secret = live_secret(signed)
    if secret is None:
        return None
    return LiveValues(address(current_config().public_url, signed), base64.b64encode(secret).decode())


@bp.get("/my/clock")
@public
@limiter.exempt
def my_clock() -> Response:
    """The site's time in milliseconds: phones whose clocks are wrong show the right code all the same."""
    answer: Response = jsonify(now=int(clock.now().timestamp() * 1000))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/my/badge-worker.js")
@public
def my_worker() -> Response:
    """It stands here so that it serves the addresses under /my/."""
    answer: Response = current_app.send_static_file("js/badge-worker.js")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
