"""Targets of a simulcast: kept, switched on and off by those who direct; what the studio sees of them is noted."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.sealing import seal, unseal
from expo.kit.unit import action
from expo.people.permissions import P
from expo.streaming import queries_channels
from expo.streaming import queries_simulcast as queries
from expo.streaming import rules_simulcast as rules
from expo.streaming.actions_senders import tell
from expo.streaming.models import ChannelSource
from expo.streaming.models_simulcast import SimulcastTarget, TargetFault, TargetState

_PURPOSE = "simulcast"


@action
def add_target(channel_id: int, name: str, server: str, key: str, *, by: Actor) -> SimulcastTarget:
    """Somewhere else to send a channel to; switched off at first."""
    channel = queries_channels.get_channel(channel_id, by, P.STREAMING_DIRECT, for_update=True)
    if channel.source is not ChannelSource.OWN:
        raise Refused(_l("This channel shows pictures of another site; they cannot be sent on."))
    if len(queries.list_targets(channel.id)) >= rules.MOST_TARGETS:
        raise Refused(_l("A channel is sent to at most %(n)s other sites.", n=rules.MOST_TARGETS))
    target = SimulcastTarget(channel_id=channel.id, name=name, server=rules.require_server(server), sealed_key=_sealed(key))
    db.session.add(target)
    db.session.flush()
    tell(channel.id)
    return target


@action
def change_target(target_id: int, name: str, server: str, *, by: Actor, key: str = "") -> SimulcastTarget:
    """Without a new key the one before stays, but goes to no other host: nobody is told it that way. What is being sent
    begins anew with the new values."""
    target, address = _directed(target_id, by), rules.require_server(server)
    if not key and rules.host_of(address) != rules.host_of(target.server):
        raise Refused(_l("The key belongs to the server it was entered for. Enter the key for the new one."), "key")
    target.name, target.server = name, address
    if key:
        target.sealed_key = _sealed(key)
    tell(target.channel_id)
    return target


@action
def switch_target(target_id: int, *, is_on: bool, by: Actor) -> SimulcastTarget:
    """Send there from now on whenever there is something to send, or stop it."""
    target = _directed(target_id, by)
    if target.is_on != is_on:
        target.is_on = is_on
        _put(target, TargetState.WAITING if is_on else TargetState.OFF, None, 0)
    return target


@action
def remove_target(target_id: int, *, by: Actor) -> int:
    """Returns its channel."""
    target = _directed(target_id, by)
    db.session.delete(target)
    tell(target.channel_id)
    return target.channel_id


@action(history=False)
def note_target(target_id: int, state: TargetState, fault: TargetFault | None = None, tries: int = 0) -> None:
    """What the studio sees. One that was switched off meanwhile stays off, and one that was removed is gone."""
    target = queries.find_target(target_id, for_update=True)
    if target is not None and target.is_on:
        _put(target, state, fault, tries)


def key_of(target: SimulcastTarget) -> str | None:
    """The key in clear, for the studio alone; none when the site's secret has changed since."""
    return unseal(target.sealed_key, current_config().secret_key, _PURPOSE)


def _sealed(key: str) -> str:
    return seal(rules.require_key(key), current_config().secret_key, _PURPOSE)


def _put(target: SimulcastTarget, state: TargetState, fault: TargetFault | None, tries: int) -> None:
    if state is not target.state:
        target.changed_at = clock.now()
    target.state, target.fault, target.tries = state, fault, tries
    tell(target.channel_id)


def _directed(target_id: int, by: Actor) -> SimulcastTarget:
    target = queries.get_target(target_id, for_update=True)
    if not by.may(P.STREAMING_DIRECT, region_path=target.channel.region_path, edition_id=target.channel.edition_id):
        raise not_found()
    return target
