"""Sees to it that every target of a simulcast gets what its channel shows, and notes what becomes of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expo.kit.config import Config
from expo.streaming import actions_simulcast
from expo.streaming.media.relay import Relay
from expo.streaming.models_simulcast import SimulcastTarget, TargetFault, TargetState
from expo.streaming.rules_simulcast import is_open_to, pause_after

log = logging.getLogger("expo.studio")
#: Our own stream ended under it: the next look finds another one, or none.
_MOMENT_S = 1.0


@dataclass
class _Desk:
    """One target as it is worked."""

    relay: Relay | None = None
    #: What the running relay was started with.
    values: tuple[str, ...] = ()
    fault: TargetFault | None = None
    tries: int = 0
    next_at: float = 0.0


class Simulcast:
    """Call :meth:`follow` with what is wanted, again and again."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._desks: dict[int, _Desk] = {}

    def follow(self, targets: Sequence[SimulcastTarget], sources: Mapping[int, str]) -> None:
        """``sources``: channel → inner address of what it shows everybody at this moment."""
        for target_id in set(self._desks) - {target.id for target in targets}:
            self._stop(self._desks.pop(target_id))
        for target in targets:
            desk = self._desks.setdefault(target.id, _Desk())
            self._work(desk, target, sources.get(target.channel_id))
            seen = self._seen(desk)
            if seen != (target.state, target.fault, target.tries):
                actions_simulcast.note_target(target.id, *seen)

    def stop(self) -> None:
        for target_id, desk in self._desks.items():
            self._stop(desk)
            actions_simulcast.note_target(target_id, TargetState.WAITING)
        self._desks.clear()

    def _work(self, desk: _Desk, target: SimulcastTarget, source: str | None) -> None:
        values = (source or "", target.server, target.sealed_key)
        if desk.values != values:
            self._stop(desk)
            desk.values, desk.fault, desk.tries, desk.next_at = values, None, 0, 0.0
        self._look_after(desk, target)
        if source is None:
            desk.fault, desk.tries = None, 0
        elif desk.relay is None and time.monotonic() >= desk.next_at:
            self._start(desk, target, source)

    @staticmethod
    def _look_after(desk: _Desk, target: SimulcastTarget) -> None:
        relay = desk.relay
        if relay is None:
            return
        relay.look()
        if relay.is_sending:
            desk.fault, desk.tries = None, 0
        if relay.is_running:
            return
        desk.relay, desk.next_at = None, time.monotonic() + _MOMENT_S
        if relay.fault is not None:
            desk.fault, desk.tries = relay.fault, desk.tries + 1
            desk.next_at = time.monotonic() + pause_after(desk.tries)
            log.warning("simulcast target %s: %s", target.id, relay.fault.value)

    def _start(self, desk: _Desk, target: SimulcastTarget, source: str) -> None:
        key = actions_simulcast.key_of(target)
        if key is None:
            desk.fault, desk.tries, desk.next_at = TargetFault.KEY, 1, time.monotonic() + pause_after(10)
        else:
            desk.relay = Relay(source, target.server, key, self._may_go_to)

    def _may_go_to(self, host: str, addresses: list[str]) -> bool:
        return is_open_to(host, addresses, self.config.media.target_hosts)

    @staticmethod
    def _seen(desk: _Desk) -> tuple[TargetState, TargetFault | None, int]:
        if desk.fault is not None:
            return TargetState.FAILED, desk.fault, desk.tries
        return (TargetState.SENDING if desk.relay is not None and desk.relay.is_sending else TargetState.WAITING), None, 0

    @staticmethod
    def _stop(desk: _Desk) -> None:
        if desk.relay is not None:
            desk.relay.stop()
            desk.relay = None
