"""The statement of a seller's balance for a period, by a button on their page."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from unfold.widgets import INPUT_CLASSES

from accounts.models import User
from commerce import policies
from commerce.choices import AccountKind
from commerce.documents.statements import statement_csv, statement_pdf
from commerce.models import LedgerAccount
from config.adminsite.decisions import DecisionForm, choose, decision
from config.core.days import begin_of, end_of
from config.core.idempotency import Once
from config.dialects.papers import csv, pdf


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")


class StatementForm(DecisionForm):
    """Of all, unless days are given."""

    currency = forms.ChoiceField()
    start = forms.DateField(required=False, label="From", widget=DayInput, help_text="Empty: from the first line.")
    end = forms.DateField(required=False, label="To", widget=DayInput, help_text="Included, in UTC. Empty: until now.")
    table = forms.BooleanField(required=False, label="As CSV", help_text="For other programs, and for long periods.")

    def __init__(self, *args: Any, row: User, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        choose(self.fields["currency"], [(currency, currency) for currency in _currencies(row)])


def _currencies(person: User) -> list[str]:
    """In which something was ever booked for them."""
    accounts = LedgerAccount.objects.filter(kind=AccountKind.SELLER, owner=person)
    return sorted(set(accounts.values_list("currency", flat=True)))


@decision(
    "Statement",
    form=StatementForm,
    permissions=["view"],
    may=policies.may_manage_orders,
    when=lambda person: bool(_currencies(person)),
    icon="download",
)
def statement(page: Any, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> HttpResponseBase:
    of = {
        "seller_id": row.pk,
        "currency": sent["currency"],
        "start": _day(sent["start"], begin_of),
        "end": _day(sent["end"], end_of),
    }
    name = f"statement-{row.pk}-{sent['currency']}"
    if sent["table"]:
        return csv(statement_csv(actor=request.user, **of), name)
    return pdf(statement_pdf(actor=request.user, **of), name)


def _day(day: date | None, moment_of: Callable[[date], datetime]) -> datetime | None:
    return moment_of(day) if day is not None else None
