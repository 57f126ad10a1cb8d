from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.errors import KeyReused, StillRunning
from commerce.models import IdempotentCall
from commerce.services.idempotency import call_begin, call_finish, call_forget, calls_forget_old

pytestmark = pytest.mark.django_db


def test_an_answered_call_is_replayed_and_another_body_is_refused(bob, charlie):
    call = call_begin(actor=bob, key="k", fingerprint="one")
    with pytest.raises(StillRunning):
        call_begin(actor=bob, key="k", fingerprint="one")
    call_finish(call, status=201, body={"id": 7})
    again = call_begin(actor=bob, key="k", fingerprint="one")
    assert (again.status, again.body) == (201, {"id": 7})
    with pytest.raises(KeyReused):
        call_begin(actor=bob, key="k", fingerprint="two")
    assert call_begin(actor=charlie, key="k", fingerprint="two").status is None, "keys are each person's own"


def test_a_forgotten_call_may_run_again(bob):
    call_forget(call_begin(actor=bob, key="k", fingerprint="one"))
    assert call_begin(actor=bob, key="k", fingerprint="one").status is None


def test_a_call_whose_process_died_may_run_again_after_its_claim(bob, time_machine):
    call_begin(actor=bob, key="k", fingerprint="one")
    time_machine.move_to(timezone.now() + timedelta(minutes=3), tick=False)
    assert call_begin(actor=bob, key="k", fingerprint="one").status is None
    with pytest.raises(StillRunning):
        call_begin(actor=bob, key="k", fingerprint="one")


def test_old_keys_are_forgotten(bob, time_machine):
    call_begin(actor=bob, key="old", fingerprint="f")
    time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
    call_begin(actor=bob, key="new", fingerprint="f")
    assert calls_forget_old() == 1
    assert list(IdempotentCall.objects.values_list("key", flat=True)) == ["new"]
