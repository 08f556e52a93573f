"""HTTP: who may open a view, who is asking, how a refusal is answered, and the headers of every response.

A view that declares nothing is refused. Exactly one of ``access``, ``signed_in``, ``public`` and ``by_token``
stands above each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.access import ANONYMOUS, Actor
from expo.kit.config import Config, current_config
from expo.kit.db import db
from expo.kit.entries import CONVERTERS, CheckedRequest
from expo.kit.language import LANGUAGES, _, _l
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import once_token

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC, SIGNED_IN, BY_TOKEN = "public", "signed_in", "by_token"

#: Parts of the policy that one page may need beyond the strict rule, by endpoint: set with :func:`allow_source`.
_POLICY = {
    "default-src": "'self'", "base-uri": "'none'", "object-src": "'none'", "form-action": "'self'",
    "frame-ancestors": "'self'", "img-src": "'self' data: blob:", "media-src": "'self' blob:",
    "worker-src": "'self' blob:", "connect-src": "'self'", "style-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
}


def access(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Open to people who hold ``permission`` somewhere; the view or its action checks where."""
    return _declared(permission)


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Open to everybody who has signed in."""
    return _declared(SIGNED_IN)(view)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open to everybody."""
    return _declared(PUBLIC)(view)


def by_token(view: Callable[P, R]) -> Callable[P, R]:
    """Open to programs that hold a token of their own, which the view checks. Cookies count for nothing here."""
    return _declared(BY_TOKEN)(view)


def _declared(access_rule: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view.expo_access = access_rule  # type: ignore[attr-defined]  # read below for every request
        return view

    return decorate


def current_actor() -> Actor:
    """Who sent this request."""
    actor: Actor = g.get("actor", ANONYMOUS)
    return actor


#: Set by ``expo.people``: finds the actor behind the request's session cookie.
actor_loader: list[Callable[[], Actor]] = []


def redirect_back(fallback: str = "/") -> BaseResponse:
    """To the page that the form stood on, if it is ours; else to ``fallback``."""
    return redirect(safe_target(request.form.get("next") or request.referrer, fallback), 303)


def safe_target(target: str | None, fallback: str = "/") -> str:
    """``target`` as a path on this site, or ``fallback``: nobody is sent elsewhere by a crafted link."""
    if not target:
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    if parts.netloc and parts.netloc != request.host:
        return fallback
    path = parts.path or "/"
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return fallback
    return path + (f"?{parts.query}" if parts.query else "")


def wants_json() -> bool:
    """Whether the answer should be a JSON problem instead of a page."""
    return request.path.startswith("/api/") or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, without the work for whoever sends no cookie and is given none: gates ask a thousand times a second."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed or session.modified:
            super().save_session(app, session, response)


def init_web(app: Flask, config: Config) -> None:
    """Install the gatekeeper, the answers to refusals, and the headers."""
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to add middleware
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies, x_host=config.trusted_proxies
        )
    app.request_class = CheckedRequest
    app.session_interface = _Sessions()
    app.url_map.converters.update(CONVERTERS)
    app.before_request(_guard)
    app.after_request(_headers)
    app.teardown_request(_forget_token)
    app.register_error_handler(Refused, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(500, _answer_crash)


def _forget_token(_error: BaseException | None) -> None:
    once_token.set(None)


def _guard() -> BaseResponse | None:
    if request.endpoint == "static":
        return None
    rule = getattr(current_app.view_functions.get(request.endpoint or ""), "expo_access", None)
    if rule == BY_TOKEN:
        g.actor = ANONYMOUS
        return None
    _choose_language()
    g.actor = actor_loader[0]() if actor_loader else ANONYMOUS
    once_token.set(_submitted_token())
    if request.endpoint is None:
        return None
    if rule == PUBLIC:
        return None
    if rule is None:
        raise Forbidden(_l("This address declares no access rule, so nobody may open it."))
    if g.actor.is_anonymous:
        if wants_json():
            abort(401)
        if request.method == "GET":
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        flash(_("You have been signed out. Sign in and send the form again."), "warning")
        return redirect(url_for("people.sign_in", next=safe_target(request.referrer)))
    if rule != SIGNED_IN and not g.actor.may(rule):
        raise Forbidden(_l("You have no right to open this page. Ask your administrator if you need it."))
    return None


def _choose_language() -> None:
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        session["language"] = chosen


def _submitted_token() -> str | None:
    if request.method != "POST" or request.mimetype not in {
        "application/x-www-form-urlencoded", "multipart/form-data",
    }:
        return None
    token = request.form.get("once", "")
    return token if 16 <= len(token) <= 40 else None


def _headers(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = _policy(current_config().storage.origin, *g.get("policy", {}).items())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if not current_actor().is_anonymous else "no-cache"
    return response


@lru_cache(maxsize=256)
def _policy(origin: str, *widened: tuple[str, str]) -> str:
    """``origin`` is where browsers fetch stored pictures and videos from, if not from the site."""
    policy = _POLICY | dict(widened)
    if origin:
        policy |= {name: f"{policy[name]} {origin}" for name in ("img-src", "media-src")}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def allow_source(directive: str, source: str) -> None:
    """Widen one directive of the policy for this response only, e.g. ``frame-src`` for an official player."""
    policy = g.setdefault("policy", {})
    policy[directive] = f"{policy.get(directive, _POLICY.get(directive, ''))} {source}".strip()


def _answer_refusal(refusal: Refused) -> Any:
    db.session.rollback()
    if wants_json():
        return jsonify(type="about:blank", title=str(refusal), status=refusal.status), refusal.status
    if request.method == "POST" and not isinstance(refusal, Forbidden) and request.referrer:
        flash(str(refusal), "danger")
        return redirect_back()
    return _page(refusal.status, str(refusal))


def _answer_http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    sentence = {
        400: _("The request could not be read. Go back, reload the page and try again."),
        401: _("Sign in first."),
        403: _("You have no right to do this."),
        404: _("There is no page at this address. It may have moved, or the link is incomplete."),
        405: _("This address does not accept this kind of request."),
        413: _("This is too large. Choose a smaller file."),
        429: _("Too many attempts. Wait a minute and try again."),
    }.get(status, error.description or error.name)
    if type(error).__name__ == "CSRFError":
        sentence = _("The form was open too long or your session has changed. Go back, reload the page and send it again.")
    if wants_json():
        return jsonify(type="about:blank", title=sentence, status=status), status
    if status == 405 and request.method == "GET" and (above := _page_above(request.path)):
        return redirect(above)
    return _page(status, sentence)


def _page_above(path: str) -> str | None:
    """The nearest address above one that only takes forms: who opens it by hand, or after signing in, finds the form."""
    addresses = current_app.create_url_adapter(request)
    while addresses and "/" in path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        if addresses.test(path, "GET"):
            return path
    return None


def _answer_crash(error: Exception) -> Any:
    db.session.rollback()
    sentence = _("Something went wrong on our side. It has been noted; try again in a moment.")
    if wants_json():
        return jsonify(type="about:blank", title=sentence, status=500), 500
    return _page(500, sentence)


def _page(status: int, sentence: str) -> tuple[str, int]:
    return render_template("errors/error.html", status=status, sentence=sentence), status
