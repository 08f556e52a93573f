"""What every template is given, and how it writes dates, amounts and numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_babel import format_date, format_datetime, format_decimal, format_time
from werkzeug.local import LocalProxy

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.forms import ActionForm
from expo.kit.language import LANGUAGES, TAGS, current_language, said
from expo.kit.text import mask_email, mask_name, mask_phone, paragraphs
from expo.kit.web import current_actor

#: Rooms add what every template needs of them: name → function without arguments, asked once per request on use.
context: dict[str, Callable[[], Any]] = {}


def init_pages(app: Flask) -> None:
    """Give templates their context and filters."""
    app.context_processor(_context)
    app.jinja_env.globals.update(action_form=ActionForm, said=said, asset=lambda name: asset_url(app, name))
    app.jinja_env.filters.update(
        day=_day, days=_days, moment=_moment, clock=_clock, number=_number, yuan=_yuan, wan=_wan,
        mask_phone=mask_phone, mask_email=mask_email, mask_name=mask_name, paragraphs=paragraphs,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _context() -> dict[str, Any]:
    config = current_config()
    return {
        "actor": current_actor(),
        "language": current_language(),
        "language_tag": TAGS[current_language()],
        "languages": LANGUAGES,
        "demo": config.demo,
        "config_site_name": config.site_name,
        "now": clock.now(),
        "url_in": url_in,
    } | {name: LocalProxy(partial(_asked_once, name, make)) for name, make in context.items()}


def from_context(name: str) -> Any:
    """What a room gives to every template, for the views of higher rooms: the edition one works in, for example."""
    return _asked_once(name, context[name])


def _asked_once(name: str, make: Callable[[], Any]) -> Any:
    kept = g.setdefault("page_context", {})
    if name not in kept:
        kept[name] = make()
    return kept[name]


def url_in(language: str) -> str:
    """The present address in another language."""
    if request.endpoint is None or request.method != "GET":
        return f"/?lang={language}"
    # The reader's arguments stay in the query: url_for would let them replace parts of the path, scheme and host.
    return f"{url_for(request.endpoint, **(request.view_args or {}))}?{urlencode(request.args.to_dict() | {'lang': language})}"


@cache
def _fingerprint(path: Path, _size: int, _changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def asset_url(app: Flask, name: str) -> str:
    """The address of a static file with its fingerprint, so that browsers may keep it for a year."""
    path = Path(app.static_folder or "") / name
    if not path.is_file():
        return url_for("static", filename=name)
    stat = path.stat()
    return url_for("static", filename=name, v=_fingerprint(path, stat.st_size, stat.st_mtime_ns))


def _day(value: date | datetime | None, width: str = "medium") -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(current_config().timezone).date()
    return str(format_date(value, "yyyy-MM-dd" if width == "short" else width))


def _days(first: date, last: date) -> str:
    """A span of days, without saying its year and month twice: 2026年11月20日–22日, 20–22 Nov 2026."""
    if first == last:
        return str(format_date(first))
    english = current_language() == "en"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_date(last, 'd MMM y')}" if english else f"{format_date(first, 'y年M月d日')}–{last.day}日"
    if first.year == last.year:
        return (f"{format_date(first, 'd MMM')} – {format_date(last, 'd MMM y')}" if english
                else f"{format_date(first, 'y年M月d日')}–{format_date(last, 'M月d日')}")
    return f"{format_date(first)} – {format_date(last)}"


def _moment(value: datetime | None, width: str = "short") -> str:
    return "" if value is None else format_datetime(value, "yyyy-MM-dd HH:mm" if width == "short" else width)


def _clock(value: datetime | None) -> str:
    return "" if value is None else format_time(value, "HH:mm")


def _number(value: Any) -> str:
    return "" if value is None else format_decimal(value)


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"¥{fen / 100:,.2f}"


def _wan(fen: int | None) -> str:
    """An amount in ten thousand yuan, as the trade writes it."""
    return "" if fen is None else f"{format_decimal(round(fen / 1_000_000, 2))}"
