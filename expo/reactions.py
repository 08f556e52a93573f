"""Who reacts to what: the one table through which facts travel up the floors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from expo.checkin.actions_chips import forget_chips
from expo.checkin.actions_devices import revoke_past
from expo.checkin.actions_linking import link_scans, verify_scans
from expo.checkin.actions_merging import move_scans
from expo.checkin.actions_pack import prepare_packs
from expo.checkin.actions_sign_up import free_places
from expo.desk.preparing import prepare_demonstration
from expo.followup.actions import escalate_overdue, open_case
from expo.judging import actions as judging_actions
from expo.judging.events import PanelClosed
from expo.kit import files, history, outbox, preparing, push
from expo.kit.events import on
from expo.people.actions_sign_in import forget_traces
from expo.people.events import ConsentWithdrawn
from expo.people.preparing import tell_who_may_enter
from expo.places.actions import prepare_regions
from expo.programme.events import ProgrammeReleased
from expo.projects.actions_invite import invite_final_list
from expo.registration.actions_consents import end_after_withdrawal
from expo.registration.actions_forgetting import start_forgetting
from expo.registration.actions_places import move_up
from expo.registration.actions_seats import free_seats
from expo.registration.events import PlaceFreed, RegistrationEnded, RegistrationErased, RegistrationsMerged
from expo.registration.preparing import sign_badges
from expo.shortlist.actions_deciding import take_results
from expo.shortlist.events import ListFinalised
from expo.signings.events import SigningSigned
from expo.streaming.actions import plan_released
from expo.streaming.jobs import make_due_replays


def follow_up_signed(fact: SigningSigned) -> None:
    """A signed project has its owner at once; one between organisations alone has no project to follow."""
    if fact.project_id is not None:
        open_case(fact.project_id)


#: (event, reaction): reactions run in this order, inside the transaction of the action that announced the event.
REACTIONS: tuple[tuple[type, Callable[[Any], None]], ...] = (
    (PanelClosed, take_results),
    (ListFinalised, invite_final_list),
    (ConsentWithdrawn, end_after_withdrawal),
    (PlaceFreed, move_up),
    (RegistrationEnded, free_seats),
    (RegistrationEnded, free_places),
    (RegistrationsMerged, move_scans),
    (RegistrationErased, forget_chips),
    (ProgrammeReleased, plan_released),
    (SigningSigned, follow_up_signed),
)

#: What rooms do once a day, in this order.
DAILY: tuple[Callable[[], Any], ...] = (
    forget_traces,
    start_forgetting,
    outbox.forget_old,
    revoke_past,
    files.clear_away_unkept,
    escalate_overdue,
)

#: What rooms do every minute, in this order: cheap questions that act only when something is due.
MINUTELY: tuple[Callable[[], None], ...] = (
    judging_actions.by_the_minute,
    push.beat,
    make_due_replays,
    link_scans,
    prepare_packs,
)

#: What ``flask prepare`` does after the migration, in this order; see ``expo/kit/preparing.py``.
PREPARATIONS: tuple[Callable[[bool], list[str]], ...] = (
    prepare_regions,
    prepare_demonstration,
    sign_badges,
    tell_who_may_enter,
)


def connect() -> None:
    """Register all reactions; doing it again changes nothing."""
    preparing.steps[:] = PREPARATIONS
    history.proofs[:] = (verify_scans,)
    for event, reaction in REACTIONS:
        on(event, reaction)
