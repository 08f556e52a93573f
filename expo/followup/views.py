"""Cases: the organisers' list, one's own, the page of a case, closing and archiving an edition."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition
from expo.followup import actions, actions_closing, queries, rules
from expo.followup.forms import AssignForm, ProgressForm, ReopenForm, RespondForm, SettleForm
from expo.followup.models import Case, CaseOutcome, CaseStatus
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.forms import Form
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor, signed_in
from expo.people.permissions import P
from expo.places.queries import list_cities
from expo.pool.models import Ticket
from expo.pool.slots import ticket_parts

bp = Blueprint("followup", __name__)


def _listing() -> Listing:
    return Listing.from_request(
        filters=[
            Filter("status", _l("State"), CaseStatus.choices()),
            Filter("told", _l("Response"), [("yes", _l("Responded")), ("no", _l("No response yet"))]),
            Filter("due", _l("Deadline"), [("overdue", _l("Overdue"))]),
            Filter("city", _l("City"), [(str(c.id), c.name) for c in list_cities()]),
            Filter("outcome", _l("Outcome"), CaseOutcome.choices()),
            Filter("signed", _l("Signed"), [("yes", _l("yes")), ("no", _l("no"))]),
            Filter("level", _l("Escalated to"), [("1", _l("County")), ("2", _l("City")), ("3", _l("Province"))]),
        ],
        sorts={"due": _l("Most urgent first"), "newest": _l("Newest first")},
    )


@bp.get("/work/<slug>/followup/")
@access(P.FOLLOWUP_READ)
def list_cases(slug: str) -> str:
    """An edition's cases within one's regions."""
    edition = get_edition(slug)
    listing, actor, today = _listing(), current_actor(), actions.today()
    paths = actor.region_paths(P.FOLLOWUP_READ, edition.id)
    page = queries.list_cases(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size, today)
    listing.show(page, queries.count_cases(edition.id, paths, listing.q, listing.chosen, today))
    return render_template("followup/cases.html", edition=edition, listing=listing, today=today, is_overdue=rules.is_overdue,
                           ledger=queries.count_ledger(edition.id), may_close=actor.may(P.FOLLOWUP_CLOSE),
                           totals=[sum(column) for column in zip(*queries.rates(edition.id, paths).values(), strict=True)])


@bp.get("/work/<slug>/followup/export.<kind>")
@access(P.STATISTICS_EXPORT)
def export_cases(slug: str, kind: str) -> BaseResponse:
    """The list as it is shown, as a sheet."""
    edition = get_edition(slug)
    listing = _listing()
    paths = current_actor().region_paths(P.FOLLOWUP_READ, edition.id)
    rows = ([c.project.number, c.project.title, c.city.name, c.region.name, c.owner.name if c.owner else "",
             str(c.status.label), c.due_on, c.responded_on, str(c.outcome.label) if c.outcome else "", c.outcome_note]
            for c in queries.iterate_cases(edition.id, paths, listing.q, listing.chosen, actions.today()))
    head = [_("Project"), _("Title"), _("City"), _("Region"), _("Owner"), _("State"), _("Response until"),
            _("Responded on"), _("Outcome"), _("Note or reason")]
    return sheet_response(kind, f"followup-{edition.slug}", head, rows)


@bp.get("/work/followup/mine")
@signed_in
def my_cases() -> str:
    """What one answers for oneself, the most urgent first."""
    person_id = current_actor().person_id or 0
    today = actions.today()
    return render_template("followup/mine.html", cases=queries.list_own_cases(person_id), today=today,
                           counts=queries.count_own(person_id, today), is_overdue=rules.is_overdue)


def _visible_case(case_id: int, actor: Actor) -> Case:
    case = queries.get_case(case_id)
    if not rules.may_see(actor, case):
        raise not_found()
    return case


@bp.get("/work/followup/cases/<int:case_id>")
@signed_in
def show_case(case_id: int) -> str:
    """One case: where it stands, what was done, what may be done next."""
    return _page(_visible_case(case_id, current_actor()))


def _page(case: Case, filled: Form | None = None) -> str:
    actor, today = current_actor(), actions.today()
    forms: dict[str, Form] = {}
    if rules.may_work(actor, case):
        if case.status is CaseStatus.ASSIGNED:
            forms["respond"] = RespondForm(formdata=None, happened_on=today)
        if case.status in {CaseStatus.RESPONDED, CaseStatus.PROGRESSING}:
            forms["progress"] = ProgressForm(formdata=None, happened_on=today)
            forms["settle"] = SettleForm(formdata=None)
        if case.status is CaseStatus.SETTLED:
            forms["reopen"] = ReopenForm(formdata=None)
    if rules.may_manage(actor, case) and case.status is not CaseStatus.SETTLED:
        forms["assign"] = _assign_form(case)
    for name, kind in _FORMS.items():
        if filled is not None and isinstance(filled, kind) and name in forms:
            forms[name] = filled
    return render_template("followup/case.html", case=case, forms=forms, overdue=rules.is_overdue(case, today),
                           reads=rules.may_read(actor, case),
                           timeline=timeline_of(list_history("follow_up_case", case.id, 50), _SENTENCES, _FIELDS))


def _assign_form(case: Case, **options: Any) -> AssignForm:
    form = AssignForm(**options) if options else AssignForm(formdata=None)
    form.owner_id.choices = actions.owner_choices(case)
    return form


def show_cases_of(ticket: Ticket) -> str:
    """On a ticket's page: the follow-up that it carries, for those who may see it."""
    actor = current_actor()
    cases = [c for c in queries.list_cases_of_ticket(ticket.id) if rules.may_see(actor, c)]
    return render_template("followup/of_ticket.html", cases=cases) if cases else ""


ticket_parts.append(show_cases_of)

_FORMS: dict[str, type[Form]] = {"respond": RespondForm, "progress": ProgressForm, "settle": SettleForm,
                                 "assign": AssignForm, "reopen": ReopenForm}
_SENTENCES = {"open_case": _l("Case opened"), "open_cases": _l("Case opened"), "respond": _l("Responded"),
              "note_progress": _l("Progress noted"), "settle": _l("Settled"), "assign_case": _l("Owner changed"),
              "reopen_case": _l("Reopened"), "escalate_overdue": _l("Escalated")}
_FIELDS: dict[str, Any] = {"status": (_l("State"), CaseStatus), "outcome": (_l("Outcome"), CaseOutcome),
                           "responded_on": _l("Responded on"), "next_step": _l("Next step"), "next_due_on": _l("Until"),
                           "escalation": _l("Escalated to")}


def _after(case_id: int, form: Form, done: str) -> Any:
    """Back to the case after a success, or its page with the form as it was typed."""
    case = _visible_case(case_id, current_actor())
    if form.status == 200 and request.method == "POST":
        flash(done, "success")
        return redirect(url_for("followup.show_case", case_id=case_id), 303)
    return _page(case, form), form.status


@bp.post("/work/followup/cases/<int:case_id>/respond")
@signed_in
def respond(case_id: int) -> Any:
    _visible_case(case_id, current_actor())
    form = RespondForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.respond(case_id, form.happened_on.data, form.note.data, by=current_actor())
    return _after(case_id, form, _("The response is noted."))


@bp.post("/work/followup/cases/<int:case_id>/progress")
@signed_in
def note_progress(case_id: int) -> Any:
    _visible_case(case_id, current_actor())
    form = ProgressForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.note_progress(case_id, form.happened_on.data, form.note.data, form.next_step.data,
                                  form.next_due_on.data, by=current_actor())
    return _after(case_id, form, _("The progress is noted."))


@bp.post("/work/followup/cases/<int:case_id>/settle")
@signed_in
def settle(case_id: int) -> Any:
    _visible_case(case_id, current_actor())
    form = SettleForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.settle(case_id, form.outcome.data, form.note.data, by=current_actor())
    return _after(case_id, form, _("The case is settled."))


@bp.post("/work/followup/cases/<int:case_id>/reopen")
@signed_in
def reopen(case_id: int) -> Any:
    _visible_case(case_id, current_actor())
    form = ReopenForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.reopen_case(case_id, form.reason.data, by=current_actor())
    return _after(case_id, form, _("The case is open again."))


@bp.post("/work/followup/cases/<int:case_id>/assign")
@access(P.FOLLOWUP_MANAGE)
def assign(case_id: int) -> Any:
    form = _assign_form(_visible_case(case_id, current_actor()), formdata=request.form)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.assign_case(case_id, form.owner_id.data, by=current_actor())
    return _after(case_id, form, _("The case has its new owner."))


@bp.get("/work/<slug>/followup/close")
@access(P.FOLLOWUP_CLOSE)
def closing(slug: str) -> str:
    """What closing and archiving will do, before it is done."""
    edition = get_edition(slug)
    return render_template("followup/closing.html", edition=edition, ledger=queries.count_ledger(edition.id),
                           rates=queries.rates(edition.id), over=actions.today() > edition.ends_on,
                           zone=current_config().timezone)


@bp.post("/work/<slug>/followup/close")
@access(P.FOLLOWUP_CLOSE)
def close(slug: str) -> BaseResponse:
    job = actions_closing.start_closing(get_edition(slug).id, by=current_actor())
    return redirect(url_for("kit.show_job", job_id=job.id), 303)


@bp.post("/work/<slug>/followup/archive")
@access(P.FOLLOWUP_CLOSE)
def archive(slug: str) -> BaseResponse:
    actions_closing.archive_edition(get_edition(slug).id, by=current_actor())
    flash(_("The edition is archived. Every project has its owner and stays readable."), "success")
    return redirect(url_for("followup.closing", slug=slug), 303)
