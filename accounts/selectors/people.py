"""Reads of accounts and profiles."""

import threading
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Exists, Expression, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from accounts import policies
from accounts.actors import Actor
from accounts.choices import ADMINS_GROUP, SELLERS, UserType
from accounts.models import (
    ArtistProfile,
    BuyerProfile,
    EmailChange,
    EndedAccessToken,
    Follow,
    KeptAccessToken,
    ProfileView,
    User,
    UserProfile,
)
from config.core.errors import Denied, Missing
from config.core.folding import folded
from config.core.ordering import ordered
from config.core.text_search import SIMPLE, Found, TextIndex, best_matches, each_word_in, words_as_written

# For so long an address that an account had before is kept for it, and may take its change back.
EMAIL_UNDO_LIFE: Final = timedelta(hours=72)


# ---------------------------------------------------------------- accounts
def account_named(name: str) -> User | None:
    """The account with this e-mail address or user name, however it is written."""
    return User.objects.addressed(name).first() or User.objects.named(name).first()


def account_addressed(email: str) -> User | None:
    """The account with this e-mail address, however it is written."""
    return User.objects.addressed(email).first()


def accounts_for_staff(*, actor: Actor, search: str = "") -> QuerySet[User]:
    """Every account in the order of ids. Each word of `search` stands in the user name, the address or a name. Raises
    Denied."""
    if policies.level(actor) < policies.STAFF:
        raise Denied
    rows = User.objects.order_by("pk")
    for word in words_as_written(search):
        rows = rows.filter(Q(search_key__icontains=word) | Q(email_key__contains=folded(word)))
    return rows


def administrators() -> QuerySet[User]:
    """The accounts that `User.is_administrator` is true of."""
    in_group = Q(is_staff=True, groups__name=ADMINS_GROUP)
    chosen = User.objects.filter(in_group | Q(is_superuser=True) | Q(user_type=UserType.ADMIN), is_active=True)
    return chosen.distinct()


def name_is_taken(name: str, *, besides: User | None = None) -> bool:
    """Names and addresses are one namespace: nobody signs in, or is written to, under what is another's, or was so
    lately."""
    others = User.objects.exclude(pk=besides.pk) if besides is not None else User.objects.all()
    if others.filter(Q(username_key=folded(name)) | Q(email_key=folded(name))).exists():
        return True
    # Looked at second: an address that leaves an account at this moment is found here then.
    left = EmailChange.objects.filter(old_key=folded(name), confirmed_at__gt=timezone.now() - EMAIL_UNDO_LIFE)
    return left.exclude(user=besides).exists()


def email_change_pending(user: User) -> EmailChange | None:
    """The change of the account's address that waits for the new one to be confirmed."""
    return EmailChange.objects.filter(user=user, confirmed_at=None).first() if user.pending_email else None


# As SQL: asked with every call, and putting it together took twice as long as asking.
_COLUMNS: Final = [field.attname for field in User._meta.concrete_fields]
_READ: Final = [field.get_col(User._meta.db_table) for field in User._meta.concrete_fields]
_BEARER: Final = (
    f"SELECT {', '.join(str(field.column) for field in User._meta.concrete_fields)},"  # noqa: S608 (names of our own)
    f" EXISTS (SELECT 1 FROM {EndedAccessToken._meta.db_table} WHERE jti IN (%s, %s))"
    f" FROM {User._meta.db_table} WHERE id = %s"
)


class Shown(NamedTuple):
    """What an access token says: whose it is, its own id and that of its sign-in ("" for none), and the version of the
    account's credentials."""

    user_id: str
    jti: str
    session: str
    version: object


def bearer_of(shown: Shown) -> User | None:
    """Whose access token this is; None when the account is gone or deactivated, or it or its sign-in was ended.

    One query; two for a token older than what ended the others of its account.
    """
    if not shown.user_id.isdigit():
        return None
    with connection.cursor() as cursor:
        cursor.execute(_BEARER, [shown.jti, shown.session, int(shown.user_id)])
        row = cursor.fetchone()
    if row is None:
        return None
    *values, has_ended = row
    user = User.from_db(connection.alias, _COLUMNS, _converted(values))
    return user if _holds(user, shown, has_ended=has_ended) else None


_thread: Final = threading.local()


def _converted(values: list[Any]) -> list[Any]:
    """As the ORM reads them: SQLite knows neither times nor truth. Each thread, which has its own connection, finds out
    once what is converted: that took a tenth of a small request."""
    if not hasattr(_thread, connection.vendor):
        compiler = User.objects.all().query.get_compiler(connection=connection)
        setattr(_thread, connection.vendor, (compiler, compiler.get_converters(_READ)))
    compiler, converters = getattr(_thread, connection.vendor)
    return next(iter(compiler.apply_converters([values], converters))) if converters else values


def bearers_of(many: Sequence[Shown]) -> list[User | None]:
    """As `bearer_of`, of many tokens at once. Two queries, and one for each token older than what ended the others of
    its account."""
    people = User.objects.in_bulk({int(shown.user_id) for shown in many if shown.user_id.isdigit()})
    ids = {name for shown in many for name in (shown.jti, shown.session) if name}
    ended = set(EndedAccessToken.objects.filter(jti__in=ids).values_list("jti", flat=True))
    found = []
    for shown in many:
        user = people.get(int(shown.user_id)) if shown.user_id.isdigit() else None
        has_ended = shown.jti in ended or shown.session in ended
        found.append(user if user is not None and _holds(user, shown, has_ended=has_ended) else None)
    return found


def _holds(user: User, shown: Shown, *, has_ended: bool) -> bool:
    """Whether an access token still speaks for its account."""
    if has_ended or not user.is_active:
        return False
    if user.credentials_version == shown.version:
        return True
    kept = KeptAccessToken.objects.filter(jti=shown.jti, user=user, credentials_version=user.credentials_version)
    return kept.exists()


_NAMES: Final = TextIndex(short=("search_key",), config=SIMPLE)
_PROFILE: Final = TextIndex(short=("skills_key",), long=("bio_key", "portfolio_key"))
_JOINED_PROFILE: Final = TextIndex(short=("artist_profile__skills_key",))


def artists_found(*, text: str, shown: int) -> Found:
    """The best active accounts that may sell for these words, each with its profile if it has one, and how many."""
    artists = User.objects.filter(is_active=True, user_type__in=SELLERS).select_related("artist_profile")

    def matches(word: str) -> Q:
        named = User.objects.filter(_NAMES.matches(word)).values("pk")
        described = ArtistProfile.objects.filter(_PROFILE.matches(word)).values("pk")
        return Q(pk__in=named) | Q(pk__in=described)

    def rank(words: list[str]) -> Expression:
        return _NAMES.rank(words) + _JOINED_PROFILE.rank(words)

    return best_matches(artists, text, matches=matches, rank=rank, shown=shown)


def people_found(*, text: str, columns: tuple[str, ...], shown: int, skip: int = 0) -> Found:
    """Rows of these columns of the best active accounts whose name has these words, and how many there are."""
    people = User.objects.filter(is_active=True).values(*columns)
    return best_matches(people, text, matches=_NAMES.matches, rank=_NAMES.rank, shown=shown, skip=skip)


def followed_among(*, actor: Actor, user_ids: Iterable[int]) -> set[int]:
    """Whom of these people the actor follows."""
    follows = Follow.objects.filter(follower=actor.pk, followed__in=list(user_ids))
    return set(follows.values_list("followed", flat=True))


# ---------------------------------------------------------------- profiles
def artist_profiles_visible(*, actor: Actor) -> QuerySet[ArtistProfile]:
    """Profiles of active accounts, newest first; staff see all."""
    rows = ArtistProfile.objects.select_related("user").order_by("-created_at", "-user_id")
    return rows if policies.may_see_inactive(actor) else rows.filter(user__is_active=True)


def artist_profile_visible(*, actor: Actor, user_id: int) -> ArtistProfile:
    profile = artist_profiles_visible(actor=actor).filter(pk=user_id).first()
    if profile is None:
        raise Missing("Artist profile")
    return profile


def artist_profiles_filtered(
    *, actor: Actor, search: str = "", ordering: str = "", **wanted: Any
) -> QuerySet[ArtistProfile]:
    """`wanted` are conditions on columns. `ordering` is rating, hourly_rate, or one of them with a leading minus."""
    rows = artist_profiles_visible(actor=actor).filter(**wanted)
    for word in words_as_written(search):
        described = each_word_in(word, "bio_key", "skills_key", "portfolio_key")
        rows = rows.filter(Q(pk__in=_named(word)) | Q(pk__in=ArtistProfile.objects.filter(described).values("pk")))
    return ordered(rows, ordering, key="user_id") if ordering else rows


def buyer_profiles_visible(*, actor: Actor) -> QuerySet[BuyerProfile]:
    """Profiles of active accounts, newest first; staff see all."""
    rows = BuyerProfile.objects.select_related("user").order_by("-created_at", "-user_id")
    return rows if policies.may_see_inactive(actor) else rows.filter(user__is_active=True)


def buyer_profile_visible(*, actor: Actor, user_id: int) -> BuyerProfile:
    profile = buyer_profiles_visible(actor=actor).filter(pk=user_id).first()
    if profile is None:
        raise Missing("Buyer profile")
    return profile


def buyer_profiles_filtered(*, actor: Actor, search: str = "", ordering: str = "") -> QuerySet[BuyerProfile]:
    """`ordering` is total_spent, projects_posted, or one of them with a leading minus."""
    rows = buyer_profiles_visible(actor=actor)
    for word in words_as_written(search):
        companies = BuyerProfile.objects.filter(company_key__icontains=word).values("pk")
        rows = rows.filter(Q(pk__in=_named(word)) | Q(pk__in=companies))
    if not ordering:
        return rows
    return ordered(rows, ordering.replace("total_spent", "user__spent"), key="user_id")


# ---------------------------------------------------------------- public pages
def person_named(*, actor: Actor, username: str, or_followed: bool = False) -> User:
    """The person with this user name, however it is written, with `public_profile`. Raises Missing, also for a closed
    account, which staff alone see and, with `or_followed`, who follows it."""
    people = User.objects.named(username) if "\0" not in username else User.objects.none()
    if not policies.may_see_inactive(actor):
        seen = Q(is_active=True)
        if or_followed:
            seen |= Q(pk__in=Follow.objects.filter(follower=actor.pk).values("followed"))
        people = people.filter(seen)
    found = people.select_related("public_profile").first()
    if found is None:
        raise Missing("User")
    return found


def profile_of(user: User) -> UserProfile:
    """What the person says of themselves in public; empty and not stored as long as that is nothing."""
    try:
        return user.public_profile
    except UserProfile.DoesNotExist:
        return UserProfile(user=user)


def profile_address(user: User) -> str:
    """Of their page at the front-end."""
    return f"{settings.FRONTEND_URL.rstrip('/')}/profile/{quote(user.username)}"


def is_following(*, actor: Actor, user_id: int) -> bool:
    return actor.pk is not None and Follow.objects.filter(follower=actor.pk, followed=user_id).exists()


def followers_of(*, actor: Actor, user_id: int) -> QuerySet[Follow]:
    """Who follows somebody, the newest first, each with `is_following`: whether the actor follows them. Closed accounts
    are left out."""
    rows = Follow.objects.filter(followed=user_id, follower__is_active=True)
    return _follows(rows, actor, "follower")


def followed_by(*, actor: Actor, user_id: int) -> QuerySet[Follow]:
    """Whom somebody follows: see `followers_of`."""
    rows = Follow.objects.filter(follower=user_id, followed__is_active=True)
    return _follows(rows, actor, "followed")


def _follows(rows: QuerySet[Follow], actor: Actor, person: str) -> QuerySet[Follow]:
    followed = Follow.objects.filter(follower=actor.pk, followed=OuterRef(person))
    known = Exists(followed) if actor.pk is not None else Value(False, output_field=BooleanField())
    return rows.annotate(is_following=known).order_by("-created_at", "-pk")


# ---------------------------------------------------------------- followers and visitors
def follower_count(*, user_id: int) -> int:
    """How many follow somebody now."""
    return Follow.objects.filter(followed=user_id).count()


def profile_view_total(*, user_id: int, first: date, last: date) -> int:
    """Views of somebody's public page on these days, both included: one a visitor and day."""
    return ProfileView.objects.filter(user=user_id, day__range=(first, last)).count()


def _named(word: str) -> QuerySet[User, Any]:
    """Ids of people. Each table is searched by its own indexes; an OR across a join could use none."""
    return User.objects.filter(search_key__icontains=word).values("pk")


def people_seen_since(moment: datetime) -> QuerySet[User]:
    """Active accounts that signed in, or were made, since then."""
    seen = Q(last_login__gte=moment) | Q(last_login__isnull=True, created_at__gte=moment)
    return User.objects.filter(seen, is_active=True)
