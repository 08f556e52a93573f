"""Forms of channels, keys, scheduled videos and broadcasts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from expo.kit.files import DOCUMENT, PICTURE, VIDEO
from expo.kit.forms import Form, MomentField
from expo.kit.language import _l
from expo.streaming.models import Audience, ChannelSource, KeyRole
from expo.streaming.words import LANGUAGE_CHOICES


class ChannelForm(Form):
    name = StringField(_l("Name"), [DataRequired(), Length(max=80)])
    name_en = StringField(_l("Name in English"), [Length(max=120)])
    hall_id = SelectField(_l("Hall"), coerce=int, description=_l("An ad-hoc channel belongs to no hall."))
    source = SelectField(_l("Where pictures come from"), choices=ChannelSource.choices())
    external_url = StringField(_l("Address at the other site"), [Length(max=500)],
                               description=_l("The https address of the official player's frame, or of its HLS list (.m3u8)."))
    is_recorded = BooleanField(_l("Record what is live"), default=True)

    def __init__(self, *args: Any, halls: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hall_id.choices = [(0, _l("None (ad-hoc channel)")), *halls]

    def given(self) -> dict[str, Any]:
        """The values as the actions take them."""
        return {"name": self.name.data, "name_en": self.name_en.data or "", "source": ChannelSource(self.source.data),
                "external_url": self.external_url.data or ""}


class KeyForm(Form):
    role = SelectField(_l("For"), choices=[one for one in KeyRole.choices() if one[0] != KeyRole.BROWSER.value])
    language = SelectField(_l("Language of the interpreter"), choices=[("", _l("None")), *LANGUAGE_CHOICES])
    expires_at = MomentField(_l("Good until"), [Optional()], description=_l("Empty: until it is revoked."))


class FillerForm(Form):
    picture = FileField(_l("Picture"), description=_l("Shown while nobody sends. 1280 × 720 fits exactly."),
                        render_kw=PICTURE.attributes)


class VideoForm(Form):
    video = FileField(_l("Video"), [InputRequired(_l("Choose a file first."))], render_kw=VIDEO.attributes)
    starts_at = MomentField(_l("Goes on air at"), [InputRequired()])
    is_repeated = BooleanField(_l("Repeat it until the end below"))
    ends_at = MomentField(_l("Until"), [Optional()], description=_l("Only for a video that is repeated; else it ends with its last picture."))


class BroadcastForm(Form):
    title = StringField(_l("Title"), [DataRequired(), Length(max=120)])
    title_en = StringField(_l("Title in English"), [Length(max=200)])
    starts_at = MomentField(_l("Beginning"), [InputRequired()])
    ends_at = MomentField(_l("End"), [InputRequired()])
    audience = SelectField(_l("Who may watch"), choices=Audience.choices())


class AudienceForm(Form):
    audience = SelectField(_l("Who may watch"), choices=Audience.choices())
    phones = TextAreaField(_l("Invite persons"), [Length(max=20_000)],
                           description=_l("Phone numbers of accounts, one a line. Those invited before stay."))
    embed_hosts = StringField(_l("Other sites that may show it"), [Length(max=500)],
                              description=_l("Host names such as www.example.cn, separated by blanks; only for streams for everybody."))


class PosterForm(Form):
    picture = FileField(_l("Picture"), description=_l("Stands in the player's place before the stream."),
                        render_kw=PICTURE.attributes)


class DocumentForm(Form):
    title = StringField(_l("Title"), [Length(max=120)], description=_l("Empty: the name of the file."))
    file = FileField(_l("PDF"), [InputRequired(_l("Choose a file first."))], description=_l("Up to 30 MB."),
                     render_kw=DOCUMENT.attributes)


class CaptionForm(Form):
    language = SelectField(_l("Language"), choices=LANGUAGE_CHOICES)
    file = FileField(_l("WebVTT file"), [InputRequired(_l("Choose a file first."))],
                     description=_l("Times count from the first picture of the replay."))
