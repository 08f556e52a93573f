"""Keeping the offline pack up to date: a box anew for each badge whose content has changed, and for no other."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from expo.checkin import queries_pack as queries
from expo.checkin import rules_pack
from expo.checkin.models_devices import Pack, PackEntry
from expo.editions.models import Edition
from expo.kit.db import db, get_record
from expo.kit.unit import action
from expo.registration.models import Badge, BadgeStatus
from expo.registration.queries_keys import live_secret, sign_code
from expo.registration.rules_codes import content_of

#: Badges that one transaction reads at most, so that scans wait a few hundredths of a second for it at the most.
CHUNK = 400


@dataclass(frozen=True)
class PackState:
    """How far a pack has come; ``stamp`` is another one in every database."""

    version: int
    stamp: int
    is_complete: bool


def refresh_pack(edition_id: int, patience_s: float = 2.0) -> PackState:
    """Bring the pack up to date, as far as it comes in so many seconds; scans pass between the chunks."""
    begin = time.monotonic()
    while True:
        state = refresh_chunk(edition_id)
        if state.is_complete or time.monotonic() - begin > patience_s:
            return state


def prepare_packs() -> None:
    """Keep the packs ready of editions for which devices are enrolled: once a minute, by the worker."""
    for edition_id in queries.list_editions_with_devices():
        refresh_pack(edition_id, patience_s=20)


@action(history=False)
def refresh_chunk(edition_id: int) -> PackState:
    """Bring the pack on by one chunk."""
    edition = get_record(Edition, edition_id)
    pack = queries.find_pack(edition_id, for_update=True)
    if pack is None:
        # What happens to a badge from here on is told by the history; what has happened is read below.
        pack = Pack(edition_id=edition_id, version=0, badges_read=queries.head_of("badge"),
                    registrations_read=queries.head_of("registration"), last_badge_id=0, with_live=False,
                    stamp=secrets.randbits(62))
        db.session.add(pack)
        db.session.flush()
    if queries.needs_live(edition_id) is not pack.with_live:
        pack.with_live, pack.last_badge_id = not pack.with_live, 0
    changed, is_complete = _changed(pack)
    rows = _rows(pack, edition, changed) if changed else []
    if rows:
        pack.version += 1
        _write(rows)
    return PackState(pack.version, pack.stamp, is_complete)


def _changed(pack: Pack) -> tuple[set[int], bool]:
    """The badges that may have to be boxed anew, a chunk of them."""
    new = queries.badges_after(pack.edition_id, pack.last_badge_id, CHUNK)
    pack.last_badge_id = new[-1] if new else pack.last_badge_id
    pack.badges_read, badges, all_badges = queries.changed_since("badge", pack.badges_read, CHUNK)
    pack.registrations_read, people, all_people = queries.changed_since("registration", pack.registrations_read, CHUNK)
    is_complete = len(new) < CHUNK and all_badges and all_people
    return {*new, *badges, *queries.badges_of(pack.edition_id, people)}, is_complete


def _rows(pack: Pack, edition: Edition, changed: set[int]) -> list[dict[str, Any]]:
    contents = queries.load_contents(edition.id, changed)
    signed_up = queries.sign_ups_of({one.registration_id for one in contents})
    return [row for one in contents if (row := _row(pack, edition, one, signed_up))]


def _row(pack: Pack, edition: Edition, one: Any, signed_up: dict[int, list[int]]) -> dict[str, Any] | None:
    """The entry of one badge in the next version; nothing if it is the same as before."""
    signed = one.signed or sign_code(Badge(kind=one.kind, code=one.code), edition)
    code_bytes, version = content_of(signed), pack.version + 1
    is_valid = one.status is BadgeStatus.VALID
    plain = rules_pack.revocation(one.status) if not is_valid else rules_pack.content(
        one.registration_id, one.name, one.organisation_name, one.kind, _extra(pack, one, signed, signed_up))
    digest = sha256(plain).digest()[:8]
    if one.digest is not None and bytes(one.digest) == digest:
        return None
    return {"badge_id": one.id, "edition_id": edition.id, "version": version, "digest": digest,
            "pack_id": rules_pack.pack_id(code_bytes), "box": rules_pack.box(plain, code_bytes, version) if is_valid else plain}


def _extra(pack: Pack, one: Any, signed: str, signed_up: dict[int, list[int]]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if one.zones:
        extra["z"] = list(one.zones)
    if pack.with_live and (secret := live_secret(signed)) is not None:
        extra["s"] = rules_pack.in_text(secret)
    if lists := signed_up.get(one.registration_id):
        extra["u"] = lists
    return extra


def _write(rows: list[dict[str, Any]]) -> None:
    table: Any = PackEntry.__table__
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    db.session.execute(statement.on_conflict_do_update(
        index_elements=["badge_id"],
        set_={name: statement.excluded[name] for name in ("version", "digest", "pack_id", "box")},
    ), rows)
