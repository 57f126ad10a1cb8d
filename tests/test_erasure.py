"""What is left of people with every kind of thing when their accounts are deleted: the books, and no word of theirs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import storages
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import (
    AccountDeletion,
    ApiKey,
    AuthenticatorDevice,
    BackupDevice,
    DataExport,
    Delivery,
    EmailChange,
    EndedAccessToken,
    KeptAccessToken,
    MailRefusal,
    PasswordLink,
    PendingSignIn,
    ProfileView,
    RefreshToken,
    SignInFailure,
    SignInPlace,
    SocialAccount,
    User,
    UserProfile,
    WebhookTarget,
)
from accounts.services import deletions, erasure
from accounts.services.follows import follow
from accounts.services.sending import delivery_send
from accounts.services.sessions import token_issue
from adminpanel.models import SavedFilter
from commerce.models import (
    CartCoupon,
    Coupon,
    DownloadEvent,
    HelpfulVote,
    LedgerAccount,
    ListingReview,
    OrderChange,
    PayoutSettings,
    Promotion,
)
from commerce.services.audit.ledger import balances, ledger_faults
from community.models import (
    AbuseReport,
    Block,
    BlogLike,
    BlogPost,
    CampaignRecipient,
    Community,
    CommunityPost,
    EmailCampaign,
    PostReaction,
)
from config.core.files import files_remove_sweep
from config.core.models import AuditEntry, DiscardedFile, IdempotentCall, StaffNote
from jobs.models import Job, JobChange
from marketplace.models import Artwork, Collection, Listing
from printshop.models import EtsySignIn, PrintChange, ScheduledPrint, Shop
from tests.roles.caller import call
from tests.roles.world import World
from tests.test_own_data import columns_to_people, pointing

pytestmark = pytest.mark.django_db
MARK = "Zanzibar"
"""What is written into every text of theirs before."""

TEXTS = {"CharField", "TextField", "EmailField", "JSONField", "FileField", "FoldedField", "SearchKey"}
KEPT = {
    # What two agreed on, and what was done for it.
    "jobs.Job": {"title", "description", "required_skills", "title_key", "description_key", "skills_key"},
    "jobs.Bounty": {"title", "description", "requirements", "title_key", "description_key"},
    "jobs.Contract": {"terms"},
    # What was sold, for its buyers: as it was, with its files, and how they were checked.
    "marketplace.Listing": {"title", "description", "title_key", "description_key", "tags_key"},
    "marketplace.Model3D": {"technical_specs", "instructions", "subcategory"},
    "marketplace.Picture": {"check_error"},
    "marketplace.MeshFile": {"file_name", "error"},
    # Of a report the one part is the reporter's, the other of whom it is about: see below.
    "community.AbuseReport": {"details", "excerpt"},
    # The books.
    "commerce.OrderLine": {"title"},
    "commerce.Payment": {"failure_message"},
    "commerce.Payout": {"reference", "failure_message"},
    "commerce.Dispute": {"answer"},
}
BY_OTHERS = {
    ("accounts.Notification", "title"),
    ("accounts.Notification", "message"),
    ("accounts.Notification", "data"),
    ("accounts.Delivery", "context"),
    ("core.IdempotentCall", "body"),
}
"""What others were told while the person was here: theirs, and gone after a while (settings.KEEP)."""


def texts_of(model: type[models.Model]) -> list[Any]:
    """Columns that hold what somebody wrote, by their form."""
    alone = {
        name for each in model._meta.constraints if isinstance(each, models.UniqueConstraint) for name in each.fields
    }
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.unique
        and field.name not in {*alone, "stored"}
        and (field.max_length or 1000) >= 100
        and not isinstance(field, models.FileField | models.URLField)
    ]


def theirs(model: type[models.Model], columns: list[str], user: User) -> models.QuerySet[Any]:
    whose = Q()
    for column in columns:
        whose |= Q(**{column: user})
    return model._default_manager.filter(whose)


def marked(user: User) -> None:
    """Every text of every row that points to them says MARK now."""
    columns: dict[type[models.Model], list[str]] = {}
    for model, column in columns_to_people():
        columns.setdefault(model, []).append(column)
    for model, names in columns.items():
        if model in (AuditEntry, AccountDeletion, Delivery, LedgerAccount, StaffNote):
            continue
        texts = {field.name: MARK for field in texts_of(model)}
        if texts:
            theirs(model, names, user).update(**texts)


def rows_of(people: Any) -> set[str]:
    """Names of models with rows that point to one of them."""
    found = set()
    for model, column in columns_to_people():
        if model._default_manager.filter(**{f"{column}__in": list(people)}).exists():
            found.add(model.__name__)
    return found


def columns_with(words: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    """Every text and JSON column of every table with rows that hold one of the words: model, column, how many."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            kind = field.get_internal_type()
            if kind not in (
                "CharField",
                "TextField",
                "EmailField",
                "JSONField",
                "FileField",
                "SlugField",
                "FoldedField",
            ):
                continue
            column, table = (
                connection.ops.quote_name(str(field.column)),
                connection.ops.quote_name(model._meta.db_table),
            )
            where = " OR ".join([f"LOWER(CAST({column} AS TEXT)) LIKE %s"] * len(words))
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}", [f"%{word.lower()}%" for word in words])
                (count,) = cursor.fetchone()
            if count:
                yield model._meta.label, field.name, count


def the_rest(world: World, user: User, number: int) -> None:
    """Of what the world has nothing of theirs."""
    now, soon = timezone.now(), timezone.now() + timedelta(hours=1)
    other, line = world.people["other_artist"], world.paid_order.lines.get()
    version = {"user": user, "credentials_version": 1, "expires_at": soon}
    rows: list[models.Model] = [
        AbuseReport(reporter=user, author=other, kind="user", target_id=other.pk, excerpt="-", reason="spam"),
        AbuseReport(reporter=other, author=user, kind="user", target_id=user.pk, excerpt="-", reason="spam"),
        ApiKey(user=user, name="-", prefix="atl_", digest=f"a{user.pk}"),
        AuthenticatorDevice(user=user, secret="A" * 32, confirmed=True),
        BackupDevice(user=user),
        Block(blocker=user, blocked=other),
        BlogLike(user=user, post=BlogPost.objects.all()[0]),
        CampaignRecipient(user=user, campaign=EmailCampaign.objects.all()[0]),
        CartCoupon(user=user, coupon=Coupon.objects.all()[0]),
        DataExport(user=user, state="ready", file="exports/1.zip", expires_at=soon),
        DownloadEvent(line=line, listing=line.listing, user=user),
        EmailChange(user=user, old_email=f"{MARK}@example.com", old_key=MARK, new_email=user.email, confirmed_at=now),
        EtsySignIn(state=f"{user.pk}", challenge=f"{user.pk}", user=user),
        IdempotentCall(user=user, key="k", operation="x", fingerprint=MARK, body={"a": MARK}),
        JobChange(job=world.job, after="open", actor=user, reason="-"),
        KeptAccessToken(jti=f"k{user.pk}", **version),
        EndedAccessToken(jti=f"e{user.pk}", user=user, expires_at=soon),
        MailRefusal(user=user, topic="news", reason="unsubscribed"),
        OrderChange(order=world.paid_order, after="confirmed", actor=user, reason="-"),
        PasswordLink(user=user, expires_at=soon),
        PendingSignIn(digest=f"p{user.pk}", **version),
        PrintChange(scheduled_print=ScheduledPrint.objects.all()[0], after="queued", actor=user),
        ProfileView(user=user, visitor="v", day=now.date()),
        Promotion(number=f"PROMO-{user.pk}", listing=world.sold, seller=user, promotion_type="featured",
                  duration_days=1, cost=1, currency="USD", target_audience="-"),
        RefreshToken(digest=f"r{user.pk}", **version),
        SavedFilter(owner=user, list="accounts.User", name="-", query=f"q={MARK}"),
        SignInFailure(account=str(user.pk), address="192.0.2.1"),
        SignInPlace(user=user, network="192.0.2.1"),
        SocialAccount(user=user, provider="google", uid=f"{user.pk}", email=f"{MARK}@example.com"),
        StaffNote(author=world.people["staff"], target_type="user", target_id=str(user.pk), text=MARK),
        WebhookTarget(owner=user, name="-", url=f"https://{MARK}.example", secret="whsec_x"),
    ]  # fmt: skip
    PayoutSettings.objects.get_or_create(user=user, defaults={"method": "paypal", "account_details": {"a": MARK}})
    for row in rows:
        row.save()
    token_issue(user)
    ScheduledPrint.objects.update(created_by=user)
    post = CommunityPost.objects.filter(is_deleted=False).order_by("pk")[0]
    if not PostReaction.objects.filter(post=post, user=user).exists():
        PostReaction.objects.create(post=post, user=user, reaction_type="like")
        CommunityPost.objects.filter(pk=post.pk).update(likes=F("likes") + 1, popularity=F("popularity") + 1)
    HelpfulVote.objects.create(review=ListingReview.objects.all()[0], user=user)


@pytest.fixture
def gone(world, monkeypatch) -> Iterator[dict[str, User]]:
    """bob and alice, who have everything, are deleted though much of it is under way: what is in the way is another's
    matter."""
    monkeypatch.setattr(deletions, "in_the_way_of", lambda _user: [])
    monkeypatch.setattr(erasure, "in_the_way_of", lambda _user: [])
    people = {name: world.people[name] for name in ("buyer", "artist")}
    with transaction.atomic():
        for number, user in enumerate(people.values()):
            shown = {"bio": MARK, "city": MARK, "website": f"https://{MARK}.example"}
            UserProfile.objects.update_or_create(user=user, defaults=shown)
            named = {"first_name": f"{MARK}a", "last_name": f"{MARK}b", "phone_number": f"+92{MARK}"}
            User.objects.filter(pk=user.pk).update(**named)
            follow(actor=user, user_id=world.people["other_artist"].pk)
            the_rest(world, user, number)
            marked(user)
        before = {"balances": balances(), "had": rows_of(people.values())}
        for user in people.values():
            deletion = AccountDeletion.objects.create(user=user, due_at=timezone.now())
            for minutes in (1, 3):  # the bridge lets go of printers meanwhile
                with time_machine.travel(deletion.due_at + timedelta(minutes=minutes)):
                    erasure.deletion_continue(deletion.pk)
                    farewell = Delivery.objects.filter(user=user, template=erasure.FAREWELL).first()
                    if farewell is not None and minutes == 3:
                        delivery_send(farewell.pk)
                        erasure.deletion_continue(deletion.pk)
            deletion.refresh_from_db()
            assert deletion.state == "done", deletion.in_the_way
        yield people | before
        transaction.set_rollback(True)


STAY = {
    # The books, and what they are about.
    *("Order", "OrderLine", "OrderChange", "Payment", "PaymentShare", "PaymentChange", "Refund", "Dispute"),
    *("LedgerAccount", "Payout", "PayoutChange", "Subscription", "SubscriptionChange", "Promotion", "DownloadEvent"),
    *("ListingDay", "Campaign", "ListingReview", "InvoiceReversal"),
    *("Job", "JobChange", "Bid", "Contract", "ContractChange", "Review", "Bounty", "BountyChange", "BountyApplication"),
    # What somebody bought, and the histories of status.
    *("Listing", "MeshFile", "Picture", "UploadedFile", "StatusChange"),
    # What others answered to, or were told.
    *("ListingComment", "BlogComment", "CommunityPost", "PostComment", "CommunityChange", "Conversation", "Message"),
    *("AbuseReport", "AuditEntry", "AccountDeletion", "SpoolChange", "PrintChange"),
}
"""Models of which rows may still point to somebody who is gone: they hold their id, and no word of theirs."""


NEVER_THEIRS = {
    *("BlogPost", "ChargebackChange", "CommunityChange", "ContractChange", "InvoiceReversal", "LogEntry", "AuditEntry"),
    *("AccountDeletion", "ListingDay", "Refund", "StaffNote", "StatusChange", "SpoolChange"),
}
"""Staff's, or a history that is kept for whose thing it is."""


def test_what_is_left_of_two_who_had_everything(world, gone):
    """One test, since deleting them takes its time."""
    bob, alice = gone["buyer"], gone["artist"]
    left = {
        f"{label}.{column}": count
        for label, column, count in columns_with((MARK, "bob@example.com", "alice@example.com", "Example Street"))
        if column not in KEPT.get(label, set()) and (label, column) not in BY_OTHERS
    }
    assert left == {}, "take it away in <app>/services/erasure.py"

    assert not AbuseReport.objects.filter(reporter__in=[bob, alice]).exclude(details="").exists()
    assert not AbuseReport.objects.filter(author__in=[bob, alice]).exclude(excerpt="").exists()
    assert rows_of([bob, alice]) <= STAY, "take its rows away in <app>/services/erasure.py"
    assert {name for name, _column in pointing()} - gone["had"] <= NEVER_THEIRS, "give them some in `the_rest`"

    assert balances() == gone["balances"] and [*ledger_faults()] == []
    assert world.paid_order.lines.get().seller_name == f"deleted-{alice.pk}"

    works = Artwork.objects.filter(seller=alice)
    assert set(works.values_list("status", flat=True)) == {"archived"}
    assert all(work.order_lines.exists() for work in works) and works.filter(pk=world.sold.pk).exists()
    assert not Artwork.objects.filter(pk=world.held.pk).exists()
    assert not Collection.objects.filter(owner__in=[bob, alice]).exists()
    assert not Shop.objects.filter(owner=alice).exists()
    assert not Job.objects.filter(buyer=bob, status="open").exists()

    for listing in Listing.objects.all():
        assert listing.likes_count == listing.likes.count()
    for community in Community.objects.all():
        assert community.member_count == community.members.filter(status="active").count()
        assert community.post_count == community.posts.filter(is_deleted=False).count()
        assert community.creator_id not in (bob.pk, alice.pk)
    for person in User.objects.all():
        assert (person.followers_count, person.following_count) == (person.followers.count(), person.following.count())

    original = world.held.picture.original.name
    assert storages["private"].exists(original) and DiscardedFile.objects.filter(name=original).exists()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        while DiscardedFile.objects.exists():
            files_remove_sweep()
    assert not storages["private"].exists(original)
    assert storages["private"].exists(world.sold.picture.original.name)

    # Whoever had to do with them goes on seeing what is theirs.
    for role, dialect, name in SEEN:
        assert call(world, role, dialect, name).status_code == 200, name


SEEN = (
    ("admin", "cultureup", "admin.payments.list"),
    ("admin", "cultureup", "admin.users.list"),
    ("admin", "cultureup", "disputes.list"),
    ("staff", "cultureup", "reviews.list"),
    ("staff", "nexus", "admin.support.tickets.list"),
    ("other_artist", "nexus", "communities.list"),
    ("other_artist", "nexus", "bounties.list"),
)
