"""Pages of accounts: signing in to the pages of this server, and those that are opened from e-mails. None of the latter
needs a session: the address itself is the secret."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.authentication import browser_sign_in
from accounts.errors import InvalidLink, InvalidSession
from accounts.models import User
from accounts.services import mail_preferences
from accounts.services.email_changes import email_change_find, email_change_undo, email_verify
from accounts.services.exports import export_open
from accounts.services.invitations import invitation_accept, invitation_find
from accounts.services.passwords import password_link_find, password_reset
from accounts.services.sign_in import second_factor_verify
from accounts.services.sign_in import sign_in as password_step
from config.addresses import address_of, own_page
from config.core.errors import DomainError, Kind


@never_cache
@sensitive_post_parameters("password", "code", "session_token")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """For people who are no staff: a session for this server's own pages. The password first, then the second factor of
    who has one; under the same limits as every other sign-in. `next` is where it leads to, on this server."""
    sent = request.POST if request.method == "POST" else request.GET
    target = own_page(request, sent.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return render(request, "pages/sign_in.html", {"next": target, "others": settings.SIGN_IN_PAGES})
    token = request.POST.get("session_token", "")
    context: dict[str, Any] = {
        "next": target,
        "username": request.POST.get("username", ""),
        "session_token": token,
        "others": settings.SIGN_IN_PAGES,
    }
    try:
        if token:
            user, token = _second_step(request, token), ""
        else:
            user, token = _first_step(request)
    except DomainError as refusal:
        if isinstance(refusal, InvalidSession):
            context["session_token"] = ""
        return _refused(request, refusal, context)
    if token:
        return render(request, "pages/sign_in.html", context | {"session_token": token})
    browser_sign_in(request, user)
    return HttpResponseRedirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect(reverse("sign_in"))


def _first_step(request: HttpRequest) -> tuple[User, str]:
    sent = {name: request.POST.get(name, "").replace("\0", "")[:1000] for name in ("username", "password")}
    done = password_step(name=sent["username"], password=sent["password"], address=address_of(request))
    return done.user, done.session_token


def _second_step(request: HttpRequest, token: str) -> User:
    code = request.POST.get("code", "").replace("\0", "").strip()[:20]
    chosen = {"totp_code": code} if code.isdigit() and len(code) == 6 else {"backup_code": code}
    return second_factor_verify(session_token=token, address=address_of(request), **chosen)


def _refused(request: HttpRequest, refusal: DomainError, context: dict[str, Any]) -> HttpResponse:
    statuses = {Kind.LIMITED: 429, Kind.UPSTREAM: 503}
    status = statuses.get(refusal.kind, 400)
    page = render(request, "pages/sign_in.html", context | {"words": refusal.message}, status=status)
    if status != 400:
        page["Retry-After"] = str(getattr(refusal, "wait", 1))
    return page


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
    return _password_asked(
        request,
        signed,
        "pages/reset_password.html",
        find=lambda token: password_link_find(token=token).user,
        accept=password_reset,
    )


@csrf_exempt  # no session is used
@sensitive_post_parameters("new_password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of an invitation to work here: the password of the account that it opens, once."""
    return _password_asked(
        request,
        signed,
        "pages/accept_invitation.html",
        find=lambda token: invitation_find(token=token),
        accept=invitation_accept,
    )


def _password_asked(
    request: HttpRequest, signed: str, template: str, *, find: Callable[[str], User], accept: Callable[..., User]
) -> HttpResponse:
    """The form of a link by which a password is set: open, done, or invalid."""
    try:
        user = find(signed)
        form = NewPasswordForm(request.POST) if request.method == "POST" else NewPasswordForm()
        status = 400 if form.errors else 200
        if form.is_valid():
            try:
                accept(token=signed, new_password=form.cleaned_data["new_password"])
            except InvalidLink:
                raise
            except DomainError as refusal:
                form.add_error("new_password", refusal.message)
                status = 503 if refusal.kind == Kind.UPSTREAM else 400
            else:
                return _private(render(request, template, _context(state="done")))
    except InvalidLink:
        return _private(render(request, template, _context(state="invalid"), status=400))
    return _private(render(request, template, _context(state="open", form=form, user_of_link=user), status=status))


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


@csrf_exempt  # no session is used
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of an e-mail that can be left off: asks, since programs that look at e-mails open links too; a POST, as
    e-mail programs send it (RFC 8058), does it without asking. With `again`, such e-mails come again."""
    try:
        if request.method == "POST":
            change = mail_preferences.subscribe_again if "again" in request.POST else mail_preferences.unsubscribe
            change(signed=signed)
        found = mail_preferences.subscription_of(signed=signed)
    except InvalidLink:
        return _private(render(request, "pages/unsubscribe.html", {"reader": None}, status=400))
    context = {"reader": found.user, "topic": found.topic.label, "is_subscribed": found.is_subscribed}
    return _private(render(request, "pages/unsubscribe.html", context | {"is_done": request.method == "POST"}))


@require_safe
def data_export(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of the e-mail that says that somebody's data is ready: leads to the file as long as it is kept."""
    try:
        return _private(HttpResponseRedirect(export_open(signed=signed)))
    except InvalidLink:
        return _private(render(request, "pages/data_export.html", status=404))


def _context(**context: object) -> dict[str, object]:
    return {"site": settings.FRONTEND_URL.rstrip("/"), **context}


def _private(page: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes neither into caches nor, as a referrer, to other sites."""
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page
