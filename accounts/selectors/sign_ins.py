"""What people are signed in with, and the keys of their programs."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import policies
from accounts.actors import Actor, Credential
from accounts.models import ApiKey, Session, User
from config.core.errors import Denied


def sessions_live() -> QuerySet[Session]:
    """Those that something may still be good of; a browser's as long as Django keeps it."""
    now = timezone.now()
    return Session.objects.filter(Q(browser=None, expires_at__gt=now) | Q(browser__expire_date__gt=now))


def is_session_of(credential: Credential) -> Q:
    """The session that a credential is of; none for one that names none."""
    if credential.digest:
        return Q(token=credential.digest)
    return Q(sid=credential.session) if credential.session else Q(sid=None)


def sessions_of(*, actor: Actor, user: User, credential: Credential | None = None) -> QuerySet[Session]:
    """A person's sign-ins, the newest first: `ends_at`, and `is_current` of the one that `credential` is of. For
    themselves, and administrators who are not below them; raises Denied."""
    if not policies.may_see_sign_ins(actor, user):
        raise Denied
    own = ExpressionWrapper(is_session_of(credential or Credential()), output_field=BooleanField())
    ends_at = Coalesce("browser__expire_date", "expires_at")
    return sessions_live().filter(user=user).annotate(is_current=own, ends_at=ends_at).order_by("-pk")


def browser_session_of(*, session_key: str | None) -> Session | None:
    """The sign-in of a browser's session."""
    return Session.objects.filter(browser=session_key).first() if session_key else None


def keys_live() -> QuerySet[ApiKey]:
    """Those that open something."""
    not_expired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(not_expired, ended_at=None, user__is_active=True)


def api_keys_of(*, actor: Actor, user: User) -> QuerySet[ApiKey]:
    """A person's keys, the newest first, those that ended lately too. For themselves, and administrators who
    are not below them; raises Denied."""
    if not policies.may_see_sign_ins(actor, user):
        raise Denied
    return ApiKey.objects.filter(user=user).order_by("-pk")
