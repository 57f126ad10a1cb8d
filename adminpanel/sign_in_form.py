"""The admin site's login form, which asks those who have two-factor authentication for their second factor."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.backends import address_of
from accounts.errors import InvalidCode
from accounts.models import User
from accounts.services.lockout import guarded, pair_of
from accounts.services.twofactor import code_accept, is_enabled
from config.core.errors import DomainError


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    code = forms.CharField(
        required=False,
        max_length=20,
        label="Two-factor code",
        help_text="From your authenticator app, or a backup code. Empty when you have not turned it on.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": " ".join(BASE_INPUT_CLASSES)}),
    )

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Django calls this once the password was right."""
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
                    code_accept(user=user, **chosen)
                except InvalidCode:
                    pair.failed()
                    raise
                pair.succeeded()
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None
