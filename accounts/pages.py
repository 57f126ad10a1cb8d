"""Pages of accounts that are opened from e-mails. None of them needs a session: the address itself is the secret."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.errors import InvalidLink
from accounts.services.email_changes import email_change_find, email_change_undo, email_verify
from accounts.services.passwords import password_link_find, password_reset
from config.core.errors import DomainError, Kind


@require_GET
def verify_email(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of the verification e-mail; opened again, it says the same."""
    try:
        user = email_verify(signed=signed)
    except InvalidLink:
        return _private(render(request, "pages/verify_email.html", {"user_verified": None}, status=400))
    return _private(render(request, "pages/verify_email.html", {"user_verified": user}))


class NewPasswordForm(forms.Form):
    new_password = forms.CharField(max_length=1000, strip=False)
    again = forms.CharField(max_length=1000, strip=False)

    def clean(self) -> dict[str, str]:
        sent: dict[str, str] = super().clean() or {}
        if not self.errors and sent["new_password"] != sent["again"]:
            self.add_error("again", "The two passwords are not the same.")
        return sent


@csrf_exempt  # no session is used
@sensitive_post_parameters("new_password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of the e-mail for a forgotten password: a form, which works once."""
    try:
        link = password_link_find(token=signed)
        form = NewPasswordForm(request.POST) if request.method == "POST" else NewPasswordForm()
        status = 400 if form.errors else 200
        if form.is_valid():
            try:
                password_reset(token=signed, new_password=form.cleaned_data["new_password"])
            except InvalidLink:
                raise
            except DomainError as refusal:
                form.add_error("new_password", refusal.message)
                status = 503 if refusal.kind == Kind.UPSTREAM else 400
            else:
                return _private(render(request, "pages/reset_password.html", _context(state="done")))
    except InvalidLink:
        return _private(render(request, "pages/reset_password.html", _context(state="invalid"), status=400))
    context = _context(state="open", form=form, user_of_link=link.user)
    return _private(render(request, "pages/reset_password.html", context, status=status))


@csrf_exempt  # no session is used
@require_http_methods(["GET", "HEAD", "POST"])
def undo_email_change(request: HttpRequest, signed: str) -> HttpResponse:
    """The link that an account's old address gets: asks, since programs that look at e-mails open links too."""
    try:
        if request.method == "POST":
            _user, token = email_change_undo(signed=signed)
            return _private(HttpResponseRedirect(reverse("reset_password", kwargs={"signed": token})))
        change = email_change_find(signed=signed)
    except InvalidLink:
        return _private(render(request, "pages/undo_email_change.html", {"change": None}, status=400))
    return _private(render(request, "pages/undo_email_change.html", {"change": change}))


def _context(**context: object) -> dict[str, object]:
    return {"site": settings.FRONTEND_URL.rstrip("/"), **context}


def _private(page: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes neither into caches nor, as a referrer, to other sites."""
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page
