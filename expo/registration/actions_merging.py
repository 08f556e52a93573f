"""Two registrations of one person made one."""

from __future__ import annotations

from collections.abc import Collection

from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.files import delete_file
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.people.actions_merging import is_plain, merge_persons
from expo.people.permissions import P
from expo.registration import queries, rules
from expo.registration.actions import index
from expo.registration.actions_leaving import end_badge, leave
from expo.registration.events import RegistrationsMerged
from expo.registration.models import BadgeStatus, Registration, RegistrationsApart, RegistrationStatus
from expo.registration.models_forms import FieldType
from expo.registration.queries_doubles import get_pair, list_apart
from expo.registration.queries_kinds import list_all_fields

#: What may be taken over from the dropped one.
TAKEABLE = ("name", "phone", "email", "organisation_name", "job_title", "region_id", "answers")


@action
def merge_registrations(edition_id: int, kept_id: int, dropped_id: int, take: Collection[str], *, by: Actor) -> Registration:
    """One registration goes on with its badge; the other's ends, its link leads to the first, its entries count there.

    The persons behind them become one, too, unless somebody signs in with the dropped one.
    """
    edition = queries.get_edition(edition_id)
    rules.require_running(edition)
    paths = by.region_paths(P.REGISTRATION_MANAGE, edition_id)
    kept, dropped = get_pair(edition_id, kept_id, dropped_id, paths, for_update=True)
    rules.require_not_merged(kept)
    rules.require_not_merged(dropped)
    if kept.status is RegistrationStatus.CANCELLED:
        raise Refused(_l("This registration is over, so it cannot be changed."))
    for name in [name for name in TAKEABLE if name in take]:
        if name == "answers":
            _take_answers(kept, dropped)
        else:
            setattr(kept, name, getattr(dropped, name))
            if name == "region_id":
                kept.region_path = dropped.region_path
    index(kept)
    if rules.LIFECYCLE.allows(dropped.status, RegistrationStatus.CANCELLED):
        leave(dropped, _("Merged into registration %(number)s", number=kept.id))
    end_badge(dropped.id, BadgeStatus.CANCELLED, _("Merged into registration %(number)s", number=kept.id))
    dropped.decision_note = _("Merged into registration %(number)s", number=kept.id)
    dropped.merged_into_id = kept.id
    for companion in queries.list_companions(dropped.id, for_update=True):
        companion.host_id = kept.id if companion is not kept else None
    db.session.flush()
    record("merged", "registration", kept.id, {"dropped": dropped.id, "taken": sorted(set(take) & set(TAKEABLE))})
    announce(RegistrationsMerged(edition_id, kept.id, dropped.id))
    _merge_people(kept, dropped, by)
    return kept


def _take_answers(kept: Registration, dropped: Registration) -> None:
    """Answers go to the same fields only: what is a number on one form may be a document's on another. A document
    belongs to one registration afterwards."""
    fields = list_all_fields(kept.edition_id)
    mine, theirs = ({one.key: one for one in fields[side.badge_kind]} for side in (kept, dropped))
    taken = {key: value for key, value in dropped.answers.items()
             if key in mine and key in theirs and (mine[key].kind, mine[key].label) == (theirs[key].kind, theirs[key].label)}
    documents = {key for key in taken if mine[key].kind is FieldType.FILE}
    for key in documents:
        if isinstance(replaced := kept.answers.get(key), int) and replaced != taken[key]:
            delete_file(replaced)
    kept.answers = {**kept.answers, **taken}
    dropped.answers = {key: value for key, value in dropped.answers.items() if key not in documents}


def _merge_people(kept: Registration, dropped: Registration, by: Actor) -> None:
    """Only a record on which nothing else hangs goes up in another one here: a registration hands over no rights."""
    person = dropped.person
    if kept.person_id == person.id or person.anonymised_at is not None or not is_plain(person):
        return
    if queries.count_registrations_of(person.id) == 1:
        merge_persons(kept.person_id, person.id, by=by)


@action
def keep_apart(edition_id: int, one_id: int, other_id: int, *, by: Actor) -> None:
    """They are two people, and not suggested any more."""
    rules.require_running(queries.get_edition(edition_id))
    get_pair(edition_id, one_id, other_id, by.region_paths(P.REGISTRATION_MANAGE, edition_id), for_update=True)
    first, second = sorted((one_id, other_id))
    if (first, second) not in list_apart(edition_id):
        db.session.add(RegistrationsApart(edition_id=edition_id, first_id=first, second_id=second, by_id=by.person_id))
