"""English message ids, Chinese first: one catalogue file per room, read once.

``expo/translations/zh_Hans/<room>.po`` belongs to the room of that name; all files together are the
catalogue. ``flask language check`` lists what is missing or no longer used.
"""

from __future__ import annotations

import gettext as std_gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain
from flask_babel.speaklater import LazyString

from expo.kit.config import current_config

CATALOGUES = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = {"zh_Hans": "中文", "en": "English"}
#: BCP 47 tags for the lang attribute.
TAGS = {"zh_Hans": "zh-Hans", "en": "en"}
DEFAULT = "zh_Hans"
_spoken: ContextVar[str | None] = ContextVar("expo_spoken", default=None)


@cache
def catalogue(language: str) -> std_gettext.NullTranslations:
    """All messages of one language, merged from the rooms' files."""
    messages: dict[Any, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id or message.fuzzy:
                    continue
                if isinstance(message.id, (list, tuple)):
                    for form, text in enumerate(message.string or ()):
                        if text:
                            messages[(message.id[0], form)] = text
                elif message.string:
                    messages[message.id] = str(message.string)
    translations = Translations()
    translations._catalog = messages  # gettext has no public way to fill a catalogue
    translations.plural = lambda n: 0  # Chinese has one form
    return translations


class _Rooms(Domain):  # type: ignore[misc]  # flask-babel has no types
    """Messages from the rooms' files instead of compiled ones, so that nothing has to be built."""

    def get_translations(self) -> Any:
        language = current_language()
        return catalogue(language) if language != "en" else NullTranslations()


_domain = _Rooms()


def _(message: str, **values: Any) -> str:
    """The message in the reader's language, now."""
    return str(_domain.gettext(message, **values))


def _l(message: str, **values: Any) -> LazyString:
    """The message in the reader's language, when it is shown."""
    return LazyString(_, message, **values)


def _n(singular: str, plural: str, num: int, **values: Any) -> str:
    """The message for ``num`` things; ``%(num)s`` is the number."""
    return str(_domain.ngettext(singular, plural, num, **values))


def said(record: Any, name: str) -> str:
    """A record's text in the reader's language (``name_en`` beside ``name``) where there is one, else in Chinese."""
    english = getattr(record, f"{name}_en", "") if current_language() == "en" else ""
    return str(english or getattr(record, name))


def current_language() -> str:
    """The reader's language: the address, then the choice kept in the session; Chinese otherwise."""
    if spoken := _spoken.get():
        return spoken
    if not has_request_context():
        return _outside_request
    chosen = request.args.get("lang") or session.get("language")
    return chosen if chosen in LANGUAGES else DEFAULT


_outside_request = DEFAULT


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside the block in ``language``: messages go out in their reader's, not in the sender's."""
    token = _spoken.set(language if language in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _spoken.reset(token)


def init_language(app: Flask) -> None:
    """Dates, numbers and messages in the reader's language and the event's zone."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT)
    Babel(
        app,
        locale_selector=current_language,
        timezone_selector=lambda: current_config().timezone.key,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_, _n, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=_, _n=_n)
