"""The admin site's pages for signing in and for one's own password: Django's, under the platform's lock on guessing."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache

from accounts.authentication import browser_note
from accounts.models import User
from adminpanel.sign_in_form import OwnPasswordForm
from config.addresses import address_of
from config.core.errors import DomainError, Kind


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    page = _numbered(admin.site.login(request))
    if request.method == "POST" and page.status_code == 302 and isinstance(request.user, User):
        browser_note(request, request.user)
    return page


class _PasswordChange(PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "address": address_of(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            page: HttpResponse = super().form_valid(form)
        except DomainError as refusal:
            form.refuse(refusal)
            return self.form_invalid(form)
        browser_note(self.request, form.user)
        return page


def _password_change(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request)
    return _numbered(_PasswordChange.as_view(extra_context=context)(request))


# Sends strangers to the sign-in page.
password_change = admin.site.admin_view(_password_change, cacheable=False)


def _numbered(page: Any) -> HttpResponse:
    """Over a limit: its number, and how long to stay away."""
    form = page.context_data.get("form") if isinstance(page, TemplateResponse) and page.context_data else None
    refusal = getattr(form, "refusal", None)
    if isinstance(refusal, DomainError) and (wait := getattr(refusal, "wait", None)):
        page.status_code = 429 if refusal.kind == Kind.LIMITED else 503
        page["Retry-After"] = str(wait)
    return page  # type: ignore[no-any-return]
