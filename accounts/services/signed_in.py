"""A person's sign-ins, ended by themselves or by an administrator."""

from django.db import transaction

from accounts.actors import Actor, Credential
from accounts.errors import AboveActor
from accounts.models import ApiKey, Session, User
from accounts.policies import is_above, may_decide_about_people
from accounts.services.sessions import session_cut, sessions_end
from config.core.audit import audited
from config.core.errors import Denied, Missing


def session_end(*, actor: Actor, user_id: int, session_id: int) -> None:
    """End one sign-in of that person, with all it goes on by; access tokens end too. An administrator's is recorded.

    Raises Denied, AboveActor, and Missing, also when it has ended already.
    """
    with transaction.atomic():
        user = whose(actor, user_id)
        rows = Session.objects.select_for_update(of=("self",)).select_related("user")
        session = rows.filter(user=user, pk=session_id).first()
        if session is None:
            raise Missing("Session")
        if actor.pk == user.pk:
            session_cut(session)
        else:
            with audited(actor, "user.end_session", user, session=session.pk, kind=session.kind):
                session_cut(session)


def sessions_others_end(*, actor: User, credential: Credential) -> None:
    """End all sign-ins of the actor but the one that `credential` is of. Their API keys go on."""
    sessions_end(actor, keep=credential, only_others=True)


def sessions_end_all(*, actor: Actor, user_id: int, reason: str = "") -> User:
    """End every session, token and API key of a person, who must sign in anew. Raises Denied, Missing or AboveActor."""
    with transaction.atomic():
        user = whose(actor, user_id)

        def sessions() -> int:
            return Session.objects.filter(user=user).count()

        def keys() -> int:
            return ApiKey.objects.filter(user=user, ended_at=None).count()

        with audited(actor, "user.end_sessions", user, sessions=sessions, api_keys=keys, reason=reason or None):
            sessions_end(user)
    return user


def whose(actor: Actor, user_id: int) -> User:
    """The person: the actor, or somebody whom they as an administrator may decide about."""
    if actor.pk != user_id and not may_decide_about_people(actor):
        raise Denied
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Missing("User")
    if user.pk != actor.pk and is_above(user, actor):
        raise AboveActor
    return user
