"""E-mails that anybody can ask for: one a minute and ten a day to one address, of each kind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from accounts.choices import MailKind
from accounts.models import MailAllowance
from accounts.services.limits import in_words, mail_allow, mail_allowed
from accounts.tasks import sign_in_forget
from config.core.errors import Limited

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERIFICATION, RESET = MailKind.EMAIL_VERIFICATION, MailKind.PASSWORD_RESET


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = "on"


def at(**later):
    return time_machine.travel(NOON + timedelta(**later), tick=False)


def refused(kind=VERIFICATION, address="alice@example.com"):
    with pytest.raises(Limited) as refusal:
        mail_allow(kind=kind, address=address)
    return refusal.value.wait, refusal.value.message


@pytest.mark.django_db
def test_one_a_minute():
    with at():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(seconds=15):
        assert refused() == (45, "An e-mail was sent already. Ask for another one in 45 seconds.")
    with at(seconds=60):
        mail_allow(kind=VERIFICATION, address="alice@example.com")


@pytest.mark.django_db
def test_ten_a_day():
    for minute in range(10):
        with at(minutes=minute):
            mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(minutes=20):
        assert refused() == (85200, "An e-mail was sent already. Ask for another one in 24 hours.")
    with at(days=1):
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(days=1, seconds=30):
        assert refused()[0] == 30


@pytest.mark.django_db
def test_each_address_however_it_is_written_and_each_kind_for_itself():
    with at():
        assert mail_allowed(kind=VERIFICATION, address="alice@example.com")
        for written in ("Alice@Example.COM", "\uff41lice@example.com", "al\u0131ce@example.com"):
            assert not mail_allowed(kind=VERIFICATION, address=written)
        assert mail_allowed(kind=RESET, address="alice@example.com")
        assert mail_allowed(kind=VERIFICATION, address="bob@example.com")


@pytest.mark.django_db
def test_the_address_itself_is_not_kept():
    mail_allow(kind=VERIFICATION, address="alice@example.com")

    assert "alice" not in str(MailAllowance.objects.values_list())


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_counted():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
        raise ZeroDivisionError

    mail_allow(kind=VERIFICATION, address="alice@example.com")


@pytest.mark.django_db
def test_off_is_off(settings):
    settings.RATE_LIMITS = "off"

    assert [mail_allowed(kind=VERIFICATION, address="alice@example.com") for _ in range(25)] == [True] * 25


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_mail():
    def attempt(_number):
        try:
            return mail_allowed(kind=VERIFICATION, address="alice@example.com")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(attempt, range(20))) == [False] * 19 + [True]


@pytest.mark.django_db
def test_old_counts_are_forgotten():
    with at():
        mail_allow(kind=VERIFICATION, address="alice@example.com")
    with at(hours=23):
        mail_allow(kind=VERIFICATION, address="bob@example.com")
        sign_in_forget()
        assert MailAllowance.objects.count() == 2
    with at(hours=25):
        sign_in_forget()
        assert MailAllowance.objects.count() == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (60, "60 seconds"), (61, "2 minutes"), (3600, "60 minutes"), (3601, "2 hours")],
)
def test_waits_in_words(seconds, words):
    assert in_words(seconds) == words
