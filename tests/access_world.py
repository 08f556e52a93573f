"""A small expo with one record of everything in Chengdu, each carrying words that only its own people may read.

``IN_POOL`` stands in what belongs to the region alone (the ticket), ``IN_EDITION`` in what belongs to one edition,
``OF_PERSON`` in names and contacts. ``arguments`` fills the addresses of all routes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.checkin.models import Gate, Presence, Scan, ScanResult
from expo.checkin.models_devices import Device, DeviceStatus
from expo.editions.models import EditionStatus
from expo.followup.models import Case, CaseEntry, CaseStatus, EntryKind
from expo.judging.models import Assignment, Criterion, Panel, PanelMember, PanelStatus, Submission
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.files import StoredFile, store_bytes
from expo.kit.jobs import Job
from expo.meetings.models import Interest, InterestLevel, Meeting
from expo.people.models import Consent, ConsentPurpose, Membership, MembershipStatus
from expo.people.permissions import Role
from expo.people.queries import load_actor
from expo.pool.models import TicketStage, Visit, VisitKind
from expo.pool.models_imports import ImportConflict, ImportStatus, TicketImport
from expo.programme.actions import publish_release
from expo.programme.models import EditionHall, Session, SessionItem
from expo.programme.models_grid import ClosedPlace
from expo.programme.models_planning import Absence, WhatIf, WhatIfStatus
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.projects.rules_invitations import make_token
from expo.registration.models import BadgeKind, RegistrationStatus
from expo.registration.models_badges import (
    BadgeDesign,
    BadgeDesk,
    BadgePaperSize,
    BadgeRun,
    BadgeSides,
    BadgeSize,
    PrintOrder,
)
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.models_invitations import Delegation, DelegationList, Invitation, PlaceQuota
from expo.registration.models_seats import Seat, SeatBlock, SeatPlan
from expo.registration.queries_keys import badge_code
from expo.shortlist.models import CandidateStatus, Notice, Objection
from expo.signings.models import AgreementKind, AgreementVersion, Signing, SigningParty, SigningStatus
from expo.streaming.models import (
    Audience,
    Broadcast,
    Channel,
    Ingest,
    KeyRole,
    ScheduledFile,
    StreamKey,
)
from expo.streaming.models_clips import Clip, ClipStatus
from expo.streaming.models_documents import SessionDocument
from expo.streaming.models_simulcast import SimulcastTarget
from expo.streaming.models_talk import MessageKind, Poll, TalkMessage, TalkMute, TalkStatus
from tests.makers import (
    Places,
    grant,
    make_actor,
    make_badge,
    make_candidate,
    make_edition,
    make_hall,
    make_industry,
    make_member,
    make_organisation,
    make_person,
    make_project,
    make_registration,
    make_session,
    make_slot,
    make_ticket,
    make_venue,
    stored,
)

IN_POOL, IN_EDITION, OF_PERSON = "甲字密单", "乙字密卷", "丙字密名"
PHONE, EMAIL = "13987654321", "secret@chengdu.example.cn"
#: All words that must not reach a reader without the right.
MARKS = (IN_POOL, IN_EDITION, OF_PERSON, PHONE, "139 8765 4321", EMAIL)
_CONTACT = {"contact_name": OF_PERSON, "contact_phone": f"+86{PHONE}", "contact_email": EMAIL}


class World:
    """The records. ``owner`` and ``organiser`` may do nearly everything with them; ``strangers`` nothing at all."""

    def __init__(self) -> None:
        self.places = Places()
        self.edition = make_edition("2026")
        self.edition.closed_at = None
        self.other_edition = make_edition("2025", EditionStatus.CLOSED)
        self.arguments: dict[str, Any] = {"slug": "2026"}
        #: Room → what the same names mean in its addresses.
        self.of_room: dict[str, dict[str, Any]] = {}
        self._people()
        self._pool()
        self._shortlist()
        self._projects()
        self._programme()
        self._streaming()
        self._talk()
        self._registration()
        self._meetings()
        self._signings()
        self._followup()

    def _add(self, name: str, record: Any) -> Any:
        """Store a record and let routes that take ``name`` point at it."""
        self.arguments[name] = stored(record).id
        return record

    def _people(self) -> None:
        places = self.places
        self.company = make_organisation(places.qingyang, f"成都公司{IN_POOL}")
        self.owner = make_member(self.company, OF_PERSON)
        self.organiser = make_actor(Role.ORGANISER, places.chengdu, name="成都市科协")
        self.province = make_actor(Role.ORGANISER, places.province, name="省科协")
        self.holder = make_person(OF_PERSON, phone=f"+86{PHONE}", email=EMAIL)
        member = make_person(OF_PERSON)
        self.arguments |= {"person_id": self.holder.id, "organisation_id": self.company.id,
                           "region_id": places.qingyang.id}
        self._add("membership_id", Membership(person_id=member.id, organisation_id=self.company.id,
                                              status=MembershipStatus.REQUESTED))
        self.arguments["grant_id"] = grant(self.holder, Role.CARETAKER, places.qingyang).id
        self.consent = self._add("consent_id", Consent(person_id=self.holder.id, version="1",
                                                       purpose=ConsentPurpose.CONTACT_EXCHANGE))
        self.arguments["session_id"] = 1
        other = make_organisation(places.fucheng, "绵阳公司")
        self.strangers: dict[str, Actor] = {
            "visitor": load_actor(make_person("访客").id),
            "exhibitor of another company": make_member(other, "别家参展商"),
            "caretaker of another city": make_actor(Role.CARETAKER, places.mianyang, name="别市保姆"),
            "organiser of another city": make_actor(Role.ORGANISER, places.mianyang, name="别市科协"),
            "organiser of another county": make_actor(Role.ORGANISER, places.shuangliu, name="别县科协"),
            "external caretaker": make_actor(Role.EXTERNAL_CARETAKER, places.qingyang, name="专业保姆"),
            "host elsewhere": make_actor(Role.HOST, places.mianyang, name="别市承办"),
            "reviewer without a task": make_actor(Role.REVIEWER, places.chengdu, name="别组专家"),
            "gate staff elsewhere": make_actor(Role.GATE_STAFF, places.mianyang, name="别处门口"),
        }
        #: May see the region's tickets, which belong to no edition, but nothing of this edition.
        self.last_years = make_actor(Role.ORGANISER, places.chengdu, self.other_edition, name="去年组织者")

    def _pool(self) -> None:
        region = self.places.qingyang
        self.ticket = make_ticket(region, f"高温合金{IN_POOL}", owner_name=f"成都公司{IN_POOL}", plan=IN_POOL,
                                  number="T-SECRET", description=IN_POOL, next_step=IN_POOL, **_CONTACT)
        self.arguments["ticket_id"] = self.ticket.id
        stored(Visit(ticket_id=self.ticket.id, stage=TicketStage.OUTREACH, kind=VisitKind.PHONE,
                     visited_on=clock.now().date(), note=IN_POOL, by_id=self.organiser.person_id))
        file = self._file("导入.csv", "text/csv", b"a,b")
        started = self._add("import_id", TicketImport(
            file_id=file.id, status=ImportStatus.DONE, person_id=self.organiser.person_id, finished_at=clock.now(),
            failed_file_id=file.id, checked={"rows": 1}, stored={"conflicts": 1}))
        stored(ImportConflict(import_id=started.id, ticket_id=self.ticket.id, row_number=2, digest="x",
                              differences={"title": [IN_POOL, f"新{IN_POOL}"]}))
        self._add("job_id", Job(kind="pool.export", title=IN_POOL, arguments={}, person_id=self.organiser.person_id,
                                result={"file_id": file.id}))

    def _file(self, name: str, media_type: str, content: bytes) -> StoredFile:
        kept = store_bytes(content, name, media_type)
        file: StoredFile = stored(StoredFile(
            key=kept.key, sha256=kept.sha256, size=kept.size, name=f"{IN_EDITION}{name}", media_type=media_type,
            purpose="document", variants={}, person_id=self.organiser.person_id))
        return file

    def _shortlist(self) -> None:
        self.industry = make_industry(self.edition)
        self.arguments["industry_id"] = self.industry.id
        now = clock.now()
        notice = self._add("notice_id", Notice(edition_id=self.edition.id, title="公示", opens_at=now - timedelta(days=9),
                                               closes_at=now - timedelta(days=1)))
        candidate = make_candidate(self.edition, self.ticket, self.places.chengdu, nomination_note=IN_EDITION,
                                   status=CandidateStatus.ENDORSED, nominated_by_id=self.organiser.person_id)
        self.arguments["candidate_id"] = candidate.id
        self._add("objection_id", Objection(notice_id=notice.id, candidate_id=candidate.id, name=OF_PERSON,
                                            contact=EMAIL, text=IN_EDITION))
        panel = self._add("panel_id", Panel(edition_id=self.edition.id, name="评审组", status=PanelStatus.OPEN,
                                            opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1)))
        stored(Criterion(panel_id=panel.id, name="创新", weight=100))
        expert = make_actor(Role.REVIEWER, self.places.province, name="专家")
        self.expert = expert
        stored(PanelMember(panel_id=panel.id, person_id=expert.person_id))
        submission = self._add("submission_id", Submission(
            panel_id=panel.id, record_type="candidate", record_id=candidate.id, title=IN_POOL,
            region_path=self.places.qingyang.path, facts=[["单位", IN_EDITION]]))
        self._add("assignment_id", Assignment(submission_id=submission.id, person_id=expert.person_id))

    def _projects(self) -> None:
        values = {"organisation_id": self.company.id, "summary": IN_EDITION, "description": IN_EDITION,
                  "remarks": IN_EDITION, **_CONTACT}
        self.project: Project = make_project(
            self.edition, self.places.qingyang, self.places.chengdu, f"项目{IN_EDITION}", ProjectStatus.CONFIRMED,
            ticket_id=self.ticket.id, owner_name=f"公司{IN_EDITION}", **values)
        self.shown: Project = make_project(
            self.edition, self.places.qingyang, self.places.chengdu, "公开项目", ProjectStatus.PUBLISHED,
            owner_name="公开公司", remarks=IN_EDITION, **_CONTACT)
        file = self._file("说明.pdf", "application/pdf", b"%PDF-1.4 x")
        stored(ProjectFile(project_id=self.project.id, file_id=file.id, role=FileRole.DOCUMENT, position=1))
        self.arguments |= {"number": self.project.number, "project_id": self.project.id, "file_id": file.id, "digest": file.sha256[:12],
                           "name": file.name, "token": make_token(current_config().secret_key, self.project)}

    def _programme(self) -> None:
        venue = make_venue(self.places.qingyang, "成都会展中心")
        hall, slot = make_hall(venue, "一号厅"), make_slot(self.edition, 10)
        stored(EditionHall(edition_id=self.edition.id, hall_id=hall.id))
        self.released: Session = make_session(self.edition, self.places.chengdu, "公开专场", hall_id=hall.id,
                                              slot_id=make_slot(self.edition, 14).id)
        # The audience talks about what is released.
        self.of_room["streaming"] = {"session_id": self.released.id}
        publish_release(self.edition.id, "第一版", by=self.province)
        # What is drafted after the release is not public.
        self.session: Session = make_session(self.edition, self.places.chengdu, f"专场{IN_EDITION}", hall_id=hall.id,
                                             slot_id=slot.id, summary=IN_EDITION)
        self._add("item_id", SessionItem(session_id=self.session.id, project_id=self.project.id, position=0))
        self.arguments |= {"venue_id": venue.id, "hall_id": hall.id, "slot_id": slot.id,
                           "session_id": self.session.id}
        starts_at = slot.starts_at
        self._add("absence_id", Absence(edition_id=self.edition.id, person_id=self.holder.id, reason=OF_PERSON, starts_at=starts_at,
                                        region_path=self.places.chengdu.path, ends_at=starts_at + timedelta(hours=1)))
        self._add("closed_id", ClosedPlace(edition_id=self.edition.id, hall_id=hall.id, slot_id=make_slot(self.edition, 18).id,
                                           reason=IN_EDITION))
        self._add("what_if_id", WhatIf(edition_id=self.edition.id, name=f"方案{IN_EDITION}", status=WhatIfStatus.READY,
                                       base_version=0, content={"places": {}, "orders": {}}))
        gate = self._add("gate_id", Gate(edition_id=self.edition.id, name=f"东门{IN_EDITION}", venue_id=venue.id,
                                         region_path=venue.region_path))
        self.gate = gate

    def _streaming(self) -> None:
        channel = self._add("channel_id", Channel(edition_id=self.edition.id, name=f"频道{IN_EDITION}", hall_id=self.arguments["hall_id"],
                                                  region_path=self.places.qingyang.path))
        key = self._add("key_id", StreamKey(channel_id=channel.id, role=KeyRole.MAIN, salt="salt", digest="digest"))
        self._add("target_id", SimulcastTarget(channel_id=channel.id, name=f"平台{IN_EDITION}", server="rtmp://live.example.cn/app", sealed_key="x"))
        self._add("ingest_id", Ingest(channel_id=channel.id, key_id=key.id, client_id=1, media_run="1"))
        video = self._file("路演.mp4", "video/mp4", b"mp4")
        now = clock.now()
        self._add("scheduled_id", ScheduledFile(channel_id=channel.id, file_id=video.id, starts_at=now, ends_at=now + timedelta(hours=1)))
        # That there is a stream is public; what is in it is for the invited.
        self._add("broadcast_id", Broadcast(channel_id=channel.id, title="公开的直播标题", starts_at=now, ends_at=now + timedelta(hours=1),
                                            audience=Audience.INVITED, replay_id=video.id, replay_published_at=now))
        self._add("clip_id", Clip(broadcast_id=self.arguments["broadcast_id"], project_id=self.project.id, status=ClipStatus.CUT, file_id=video.id,
                                  poster_id=video.id, starts_at=now, ends_at=now + timedelta(minutes=4)))

        self._add("document_id", SessionDocument(session_id=self.released.id, title=IN_EDITION,
                                                 file_id=self._file("手册.pdf", "application/pdf", b"%PDF-1.4 y").id))

    def _talk(self) -> None:
        said = self._add("message_id", TalkMessage(
            client_id="said-once", session_id=self.released.id, person_id=self.holder.id, author="丙**", kind=MessageKind.QUESTION,
            text=IN_EDITION, status=TalkStatus.HELD))
        self._add("mute_id", TalkMute(edition_id=self.edition.id, session_id=self.released.id, person_id=said.person_id))
        self._add("poll_id", Poll(session_id=self.released.id, question=IN_EDITION, choices=["甲", "乙"]))

    def _registration(self) -> None:
        found = make_registration(self.edition, OF_PERSON, status=RegistrationStatus.APPROVED, phone=f"+86{PHONE}",
                                  email=EMAIL, organisation_name=f"公司{IN_EDITION}", region_id=self.places.qingyang.id,
                                  region_path=self.places.qingyang.path)
        badge = make_badge(found)
        device = self._add("device_id", Device(edition_id=self.edition.id, name=f"机器{IN_EDITION}", gate_id=self.gate.id,
                                               status=DeviceStatus.ENROLLED, token_hash="x"))
        self._add("scan_id", Scan(client_id="c1", edition_id=self.edition.id, gate_id=self.gate.id, badge_id=badge.id,
                                  registration_id=found.id, result=ScanResult.ADMITTED, day=clock.now().date(),
                                  device_id=device.id, note=IN_EDITION))
        stored(Presence(gate_id=self.gate.id, registration_id=found.id, day=clock.now().date(), first_at=clock.now(),
                        last_at=clock.now(), inside=True))
        self.registration = found
        self._registration_setup()
        self._badges()
        self.arguments |= {"registration_id": found.id, "code": badge_code(badge, self.edition),
                           "live": "AAAABBBBCCCC"}

    def _badges(self) -> None:
        edition = self.edition
        self._add("design_id", BadgeDesign(edition_id=edition.id, name=f"嘉宾{IN_EDITION}", size=BadgeSize.A6, sides=BadgeSides.ONE,
                                           front='<p data-slot="name"></p>', css=""))
        self._add("desk_id", BadgeDesk(edition_id=edition.id, name=f"1号台{IN_EDITION}"))
        paper = self._file("badges.pdf", "application/pdf", b"%PDF-1.4 z")
        self._add("run_id", BadgeRun(edition_id=edition.id, job_id=1, order=PrintOrder.NAME, paper=BadgePaperSize.SINGLE,
                                     badges=1, overflows=[[1, OF_PERSON, "name", OF_PERSON]], file_id=paper.id,
                                     index_id=paper.id))

    def _registration_setup(self) -> None:
        edition, region = self.edition, self.places.qingyang
        kept = self._file("记者证.pdf", "application/pdf", b"%PDF-1.4 z")
        double = make_registration(edition, OF_PERSON, status=RegistrationStatus.SUBMITTED, phone=f"+86{PHONE}",
                                   kind=BadgeKind.MEDIA, answers={"proof": kept.id, "f1": IN_EDITION},
                                   organisation_name=f"公司{IN_EDITION}", region_id=region.id, region_path=region.path)
        self._add("field_id", RegistrationField(
            edition_id=edition.id, badge_kind=BadgeKind.MEDIA, key="f1", kind=FieldType.TEXT, label="内部备注", choices=[],
            condition_values=[], is_private=True))
        self._add("quota_id", PlaceQuota(edition_id=edition.id, badge_kind=None, organisation_name=f"公司{IN_EDITION}", places=9))
        self._add("invitation_id", Invitation(edition_id=edition.id, code="SECRETCODE", badge_kind=BadgeKind.GUEST,
                                              note=IN_EDITION, region_path=region.path))
        delegation = self._add("delegation_id", Delegation(
            edition_id=edition.id, token="delegation-token", name=f"代表团{IN_EDITION}", badge_kinds=["visitor"], places=9,
            region_id=region.id, region_path=region.path, contact_name=OF_PERSON, contact_phone=f"+86{PHONE}"))
        self._add("list_id", DelegationList(delegation_id=delegation.id, name=IN_EDITION))
        plan = self._add("plan_id", SeatPlan(edition_id=edition.id, hall_id=self.arguments["hall_id"], name="座位图",
                                             row_count=3, row_length=3))
        self._add("block_id", SeatBlock(plan_id=plan.id, name=IN_EDITION, first_row=1, last_row=1, first_seat=1, last_seat=3))
        self._add("seat_id", Seat(plan_id=plan.id, registration_id=self.registration.id, row_number=1, seat_number=1))
        self.arguments |= {"other_id": double.id, "badge_kind": "media", "key": "proof"}

    def _meetings(self) -> None:
        interest = self._add("interest_id", Interest(
            project_id=self.project.id, person_id=self.holder.id, level=InterestLevel.MUST, message=IN_EDITION,
            consent_id=self.consent.id))
        self._add("meeting_id", Meeting(
            interest_id=interest.id, project_id=self.project.id, uid="m1", starts_at=clock.now(), place=IN_EDITION,
            ends_at=clock.now() + timedelta(minutes=30), proposed_by_id=self.holder.id))

    def _signings(self) -> None:
        signing = self._add("signing_id", Signing(
            serial="QY-2026-0001-AB7K", edition_id=self.edition.id, project_id=self.project.id,
            kind=AgreementKind.INTENT, status=SigningStatus.FROZEN, title=f"协议{IN_EDITION}",
            region_id=self.places.qingyang.id, region_path=self.places.qingyang.path, amount_fen=100_00,
            session_id=self.session.id, batch=1, stage_order=1))
        self._add("party_id", SigningParty(signing_id=signing.id, position=0, name=f"公司{IN_EDITION}",
                                           organisation_id=self.company.id, signer=OF_PERSON, contact=PHONE))
        file = self._file("协议.pdf", "application/pdf", b"%PDF-1.4 y")
        stored(AgreementVersion(signing_id=signing.id, number=1, content={}, sha256=file.sha256, file_id=file.id))
        signing.scan_id = None
        self.arguments["serial"] = signing.serial

    def _followup(self) -> None:
        case = self._add("case_id", Case(
            edition_id=self.edition.id, project_id=self.project.id, ticket_id=self.ticket.id, status=CaseStatus.ASSIGNED,
            owner_id=self.holder.id, region_id=self.places.qingyang.id, region_path=self.places.qingyang.path,
            city_id=self.places.chengdu.id, due_on=clock.now().date(), next_step=IN_EDITION))
        stored(CaseEntry(case_id=case.id, kind=EntryKind.OPENED, happened_on=clock.now().date(), note=IN_EDITION))


