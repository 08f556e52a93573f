"""Forms of signing in and up, and of one's own account."""

from __future__ import annotations

from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from expo.kit.forms import Form
from expo.kit.language import LANGUAGES, _l
from expo.people.rules_passwords import LONGEST, PASSWORD_RULE

_ADDRESS = _l("E-mail or mobile number")
_OFF = {"autocapitalize": "none", "spellcheck": "false"}


def _address(autocomplete: str = "username") -> StringField:
    return StringField(_ADDRESS, [DataRequired(), Length(max=254)], render_kw={"autocomplete": autocomplete, **_OFF})


def _code() -> StringField:
    return StringField(
        _l("Code"), [DataRequired(), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", **_OFF},
    )


def _new_password() -> PasswordField:
    return PasswordField(_l("New password"), [DataRequired(), Length(max=LONGEST)], description=PASSWORD_RULE,
                         render_kw={"autocomplete": "new-password"})


class SignInForm(Form):
    address = _address()
    password = PasswordField(_l("Password"), [DataRequired(), Length(max=1000)],
                             render_kw={"autocomplete": "current-password"})


class AddressForm(Form):
    """Where a code shall go."""

    address = _address()


class CodeForm(Form):
    """The six digits."""

    code = _code()


class SecondFactorForm(Form):
    code = StringField(
        _l("Code of the app, or a recovery code"), [DataRequired(), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", **_OFF},
    )


class SignUpForm(Form):
    name = StringField(_l("Your name"), [DataRequired(), Length(max=80)], render_kw={"autocomplete": "name"})
    address = _address()
    password = PasswordField(_l("Password"), [DataRequired(), Length(max=LONGEST)], description=PASSWORD_RULE,
                             render_kw={"autocomplete": "new-password"})


class NewPasswordForm(Form):
    """The code, and the password that shall hold from now on."""

    code = _code()
    password = _new_password()


class ChangePasswordForm(Form):
    current = PasswordField(_l("Present password"), [Length(max=1000)],
                            render_kw={"autocomplete": "current-password"})
    password = _new_password()


class AccountForm(Form):
    name = StringField(_l("Your name"), [DataRequired(), Length(max=80)], render_kw={"autocomplete": "name"})
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()))


class NewAddressForm(Form):
    address = _address("off")
