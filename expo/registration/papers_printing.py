"""Badges out of the database onto paper: designs with their pictures, own fields in words, photos."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image, ImageOps

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.files import StoredFile, get_bytes
from expo.kit.signing import newest_key
from expo.registration.models import Badge, BadgeKind, Registration
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.papers_badges import BadgePaper, badges_pdf, heading_of
from expo.registration.papers_designs import Design, design_of, plain_design
from expo.registration.queries_badges import PHOTO_FIELD, BadgeRow, find_row, list_designs, list_files
from expo.registration.queries_keys import PURPOSE
from expo.registration.queries_kinds import list_all_fields
from expo.registration.rules_codes import BadgeCode, address, encode, valid_until
from expo.registration.rules_designs import slots_of
from expo.registration.rules_fields import is_answerable, said_answer

_PHOTO = (300, 420)  # Pixels: 25 × 35 mm at 300 dpi.


def designs_of(edition_id: int) -> list[Design]:
    """An edition's designs that are in use, ready to be laid out."""
    found = [one for one in list_designs(edition_id) if one.in_use]
    files = list_files({number for one in found for number in one.pictures.values()})
    return [plain_design(one, [(name, get_bytes(files[number])) for name, number in one.pictures.items() if number in files])
            for one in found]


@dataclass
class Printer:
    """What is needed to turn rows into papers, loaded once for many."""

    edition: Edition
    designs: Sequence[Design]
    fields: Mapping[BadgeKind, list[RegistrationField]] = field(default_factory=dict)

    @classmethod
    def for_edition(cls, edition: Edition) -> Printer:
        """The edition must have been loaded with its venue."""
        designs = designs_of(edition.id)
        own = any(name.startswith("answer:") for one in designs for side in (one.front, one.back) for name in slots_of(side))
        return cls(edition, designs, list_all_fields(edition.id) if own else {})

    def paper(self, row: BadgeRow, *, nth: int = 1) -> BadgePaper:
        """One badge in plain values."""
        fields = [one for one in self.fields.get(row.kind, ()) if is_answerable(one) and one.kind is not FieldType.FILE]
        photo = row.answers.get(PHOTO_FIELD)
        return BadgePaper(
            row.kind, row.name, row.organisation_name, row.job_title, f"{self.edition.slug}-{row.registration_id:06d}",
            address(current_config().public_url, row.signed or self._sign(row)), city=row.city or "", zone=row.zone,
            seat=row.seat, nth=nth, photo=str(photo) if isinstance(photo, int) and self.shows_photo(row.kind) else "",
            answers={one.key: said_answer(one, row.answers.get(one.key)) for one in fields},
        )

    def _sign(self, row: BadgeRow) -> str:
        key = newest_key(current_config().home, PURPOSE)
        code = BadgeCode(row.kind, key.key_id, self.edition.id, valid_until(self.edition.ends_on), row.code)
        return encode(code, key.sign)

    def shows_photo(self, kind: BadgeKind) -> bool:
        """Whether badges of the kind have a place for a photo."""
        design = design_of(kind, self.designs)
        return any("photo" in slots_of(side) for side in (design.front, design.back))


def photos_of(keys: set[str]) -> dict[str, bytes]:
    """The photos of papers as JPEGs, all cut to the same shape."""
    files = list_files({int(key) for key in keys if key})
    return {str(number): jpeg for number, file in files.items() if (jpeg := _jpeg(file))}


def _jpeg(file: StoredFile) -> bytes | None:
    if not file.media_type.startswith("image/"):
        return None
    with Image.open(io.BytesIO(get_bytes(file))) as picture:
        cut = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGB"), _PHOTO, centering=(0.5, 0.35))
    made = io.BytesIO()
    cut.save(made, "JPEG", quality=80)
    return made.getvalue()


def one_badge_pdf(edition: Edition, badge: Badge, registration: Registration, *, nth: int = 1) -> bytes:
    """One person's badge as the edition's design has it. ``nth`` is how often it will have been printed."""
    printer = Printer.for_edition(edition)
    row = find_row(registration.id)
    if row is None or row.badge_id != badge.id:
        raise LookupError(f"Badge {badge.id} is not valid.")
    paper = printer.paper(row, nth=nth)
    photos = photos_of({paper.photo})
    return badges_pdf(heading_of(edition), [paper if paper.photo in photos else _without_photo(paper)], printer.designs, photos)


def _without_photo(paper: BadgePaper) -> BadgePaper:


    return replace(paper, photo="")
