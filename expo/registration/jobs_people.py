"""Long work about people: taking a delegation's sheet over, asking for consent anew, forgetting what is due."""

from __future__ import annotations

from typing import Any

from expo.kit.access import SYSTEM, Actor
from expo.kit.jobs import JobContext, job
from expo.kit.language import _
from expo.people.models import ConsentPurpose
from expo.registration import actions_delegations, actions_forgetting
from expo.registration.models_forms import KeptThing

ROWS = 40
PEOPLE = 200


@job("registration.take_list")
def take_list(ctx: JobContext, delegation_id: int, list_id: int) -> dict[str, Any]:
    """A sheet row by row; what was done before a stop is not done again."""
    by = Actor(person_id=ctx.person_id, name="")
    done, total = actions_delegations.take_rows(delegation_id, list_id, ROWS, by=by)
    while done < total:
        ctx.progress(done, total, _("Rows taken over"))
        done, total = actions_delegations.take_rows(delegation_id, list_id, ROWS, by=by)
    return {"summary": _("%(n)s rows taken over.", n=done)}


@job("registration.ask_again")
def ask_again(ctx: JobContext, edition_id: int, purpose: str) -> dict[str, Any]:
    """One message to each person who agreed to an older text."""
    after, told = int(ctx.checkpoint.get("after", 0)), int(ctx.checkpoint.get("told", 0))
    while True:
        last, number = actions_forgetting.ask_some_again(edition_id, ConsentPurpose(purpose), after, PEOPLE, ctx.job_id,
                                                         told, by=SYSTEM)
        if not number:
            return {"summary": _("%(n)s people were asked.", n=told)}
        after, told = last, told + number
        ctx.progress(told, told, _("People asked"), {"after": after, "told": told})


@job("registration.forget")
def forget(ctx: JobContext, edition_id: int, thing: str) -> dict[str, Any]:
    """What is due by an edition's times of keeping; a second run finds nothing left."""
    after, total = int(ctx.checkpoint.get("after", 0)), int(ctx.checkpoint.get("total", 0))
    while True:
        after, number = actions_forgetting.forget_some(edition_id, KeptThing(thing), after, PEOPLE, by=SYSTEM)
        if not number:
            break
        total += number
        ctx.progress(total, total, _("Registrations gone through"), {"after": after, "total": total})
    actions_forgetting.note_forgotten(edition_id, KeptThing(thing), total, by=SYSTEM)
    return {"summary": _("%(n)s registrations gone through.", n=total)}
