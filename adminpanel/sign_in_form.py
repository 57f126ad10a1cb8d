"""The admin site's login form, which asks those who have two-factor authentication for their second factor, and the
form for one's own password. A form keeps the domain's `refusal`, for the page to answer with its number."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.errors import InvalidCode, InvalidCredentials
from accounts.models import User
from accounts.services.lockout import guarded, pair_of
from accounts.services.passwords import password_confirm
from accounts.services.sign_in import password_accept
from accounts.services.twofactor import code_accept, is_enabled
from config.addresses import address_of
from config.core.errors import DomainError


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    refusal: DomainError | None = None
    code = forms.CharField(
        required=False,
        max_length=20,
        label="Two-factor code",
        help_text="From your authenticator app, or a backup code. Empty when you have not turned it on.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": " ".join(BASE_INPUT_CLASSES)}),
    )

    def clean(self) -> dict[str, Any]:
        """As Django's, which tells whoever is locked out no more than that the password is wrong."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            try:
                user = password_accept(name=name, password=password, address=address_of(self.request))
            except InvalidCredentials:
                raise self.get_invalid_login_error() from None
            except DomainError as refusal:
                raise self._refused(refusal) from None
            vars(user)["backend"] = settings.AUTHENTICATION_BACKENDS[0]
            self.user_cache = user
            self.confirm_login_allowed(user)
        return dict(self.cleaned_data)

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """The password was right. Who has a second factor is signed in with it, which django-otp's middleware sees."""
        super().confirm_login_allowed(user)
        assert isinstance(user, User)  # noqa: S101 (AUTH_USER_MODEL)
        if not is_enabled(user):
            return
        code: str = self.cleaned_data.get("code", "").strip()
        chosen: dict[str, Any] = {"totp_code": code} if code.isdigit() and len(code) == 6 else {"backup_code": code}
        pair = pair_of(user=user, address=address_of(self.request))
        try:
            with guarded(pair):
                try:
                    vars(user)["otp_device"] = code_accept(user=user, **chosen)
                except InvalidCode:
                    pair.failed()
                    raise
                pair.succeeded()
        except DomainError as refusal:
            raise self._refused(refusal) from None

    def _refused(self, refusal: DomainError) -> forms.ValidationError:
        self.refusal = refusal
        return forms.ValidationError(refusal.message, code=refusal.code)


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    refusal: DomainError | None = None

    def __init__(self, user: User, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        try:
            password_confirm(user=self.user, password=password, address=self.address, field="old_password")
        except DomainError as refusal:
            self.refusal = refusal
            raise forms.ValidationError(refusal.message, code=refusal.code) from None
        return password

    def refuse(self, refusal: DomainError) -> None:
        self.refusal = refusal
        self.add_error("old_password", refusal.message)  # the page shows the fields' errors alone
