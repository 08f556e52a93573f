"""The whole loop (issue: one project from the import to the settled follow-up and into the next edition).

Ten people walk it on an empty site that was really started, each in a browser of their own. Nothing is prepared behind
the pages. The two places where time must pass (a notice closes, a meeting begins) take the next full minute, in which
others do their work.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from scripts.started import StartedSite
from tests.journeys import (
    steps_afterwards,
    steps_exhibitor,
    steps_frame,
    steps_pool,
    steps_programme,
    steps_selection,
    steps_signing,
    steps_visit,
)
from tests.journeys.cast import STAFF
from tests.journeys.conftest import RESULTS, NewPage
from tests.journeys.persons import Album, Somebody
from tests.paper import blank_paper

ZONE = ZoneInfo("Asia/Shanghai")


def test_a_project_goes_from_the_import_to_a_settled_case_and_into_the_next_edition(
    journey_site: StartedSite, new_page: NewPage, tmp_path: Path
) -> None:
    album = Album(RESULTS / "loop")
    letters = steps_frame.Letters(journey_site.home, journey_site.log)
    now = datetime.now(ZONE)
    this, following = f"{now:%Y}", f"{now.year + 1}"

    def someone(name: str) -> Somebody:
        return Somebody(new_page(journey_site), name, album)

    def member(key: str) -> Somebody:
        name, address, *_role = STAFF[key]
        person = someone(name)
        steps_frame.sign_in_by_code(person, address, letters)
        return person

    # 1. The administrator sets up; the province makes the edition.
    admin = someone("周管理")
    steps_frame.become_administrator(admin, first_link(journey_site))
    for name, address, role, region, why in STAFF.values():
        steps_frame.make_account(admin, name, address, role, region, why)
    steps_frame.make_venue(admin)
    province = member("province")
    steps_frame.make_edition(province, now)

    # 2. The county imports, assigns and nominates; the caretaker has been there.
    county, caretaker = member("county"), member("caretaker")
    steps_pool.import_tickets(county, steps_pool.write_file(tmp_path))
    steps_pool.assign_caretaker(county, caretaker.name)
    steps_pool.record_visit(caretaker)
    steps_pool.nominate(county, this)

    # 3. The city endorses, an expert scores, the province decides, a second person releases.
    city, reviewer, second = member("city"), member("reviewer"), member("second")
    steps_selection.endorse(city, this)
    steps_selection.set_up_panel(province, this, reviewer.name, now)
    steps_selection.score(reviewer)
    steps_selection.scores_are_hidden(province, this)
    steps_selection.close_panel_and_decide(province, this)
    steps_selection.release(second, this)
    closes_at = _next_minute()
    steps_selection.publish_notice(province, this, closes_at)

    # 4. While the notice is open: a visitor reads it, registers and gets in with the badge.
    visitor, gate = someone("童观众"), member("gate")
    steps_selection.read_notice(visitor, this)
    steps_visit.register(visitor, this)
    code = steps_visit.read_badge(visitor)
    steps_visit.set_up_gate(city, this)
    steps_visit.scan(gate, this, code, visitor.name)
    steps_visit.code_is_good(someone("路人"), code, visitor.name)
    number = steps_selection.make_final(province, this, closes_at)

    # 5. The exhibitor takes the project over; it is accepted and published.
    exhibitor = someone(steps_pool.EXHIBITOR[0])
    steps_exhibitor.claim(exhibitor, letters, "第三届科创会")
    steps_exhibitor.fill_in(exhibitor, number, tmp_path, blank_paper())
    steps_exhibitor.accept_and_publish(city, this, number)
    steps_exhibitor.seen_in_the_hall(visitor, this, number)

    # 6. They agree to talk. Until then the session gets its place and its project, and the programme is released.
    steps_visit.wants_to_talk(visitor, number, letters)
    starts_at = _next_minute()
    steps_visit.agree(exhibitor, visitor, starts_at)
    steps_programme.nothing_published_yet(visitor, this)
    steps_programme.make_grid(province, this, now)
    steps_programme.place_session(province, this)
    steps_programme.add_project(city, this)
    steps_programme.release(province, this)
    steps_programme.seen_by_everybody(visitor, this, number)
    steps_afterwards.copy_edition(province, this, following, now)
    steps_visit.note_outcome(exhibitor, visitor.name, starts_at)

    # 7. Out of the meeting comes an agreement: drawn up, issued, signed, and checked by a stranger.
    steps_signing.open_signing(city, this, number)
    steps_signing.write_clauses(city, now)
    steps_signing.freeze(city)
    address, paper = steps_signing.read_paper(city)
    steps_signing.sign(city, now)
    steps_signing.check(someone("第三人"), address, paper, tmp_path)

    # 8. The expo is over: its case is answered, settled and passed on; one page tells the whole way.
    steps_afterwards.may_not_close_yet(province, this)
    steps_afterwards.let_the_expo_be_over(province, this, now)
    steps_afterwards.close_edition(province, this)
    steps_afterwards.respond_and_settle(caretaker)
    steps_afterwards.is_candidate_again(county, following)
    steps_afterwards.whole_way(county)
    steps_afterwards.figures_reconcile(province, this)
    assert "Every chain holds" in journey_site.flask("history", "verify")


def first_link(site: StartedSite) -> str:
    """The one-time link that the start printed."""
    found = re.search(r"http\S+/first-administrator/\S+", site.log.read_text(errors="replace"))
    assert found, "The start printed no link for the first administrator"
    return found[0]


def _next_minute(least: timedelta = timedelta(seconds=12)) -> datetime:
    """A full minute, with some time before it: forms know no seconds."""
    return (datetime.now(ZONE) + least + timedelta(minutes=1)).replace(second=0, microsecond=0)
