"""What accounts have of a person. No secret is given: neither digests of passwords, tokens and codes nor seeds."""

from typing import Final

from django.db.models import Q

from accounts.choices import DeliveryChannel
from accounts.models import (
    AccountDeletion,
    ApiKey,
    ArtistProfile,
    AuthenticatorDevice,
    BuyerProfile,
    DataExport,
    Delivery,
    EmailChange,
    Follow,
    MailRefusal,
    Notification,
    Session,
    SignInPlace,
    SocialAccount,
    User,
    UserProfile,
    WebhookMessage,
    WebhookTarget,
)
from config.core.own_data import Given, GivenFiles, OwnData

CREDENTIAL: Final = "a credential of minutes or days, without meaning by itself"

OWN_DATA: Final = OwnData(
    given=(
        Given(
            "account",
            User,
            "pk",
            "id username email first_name last_name phone_number user_type identity_verified email_verified_at"
            " pending_email is_active creator_level spent earned sales_total revenue_total followers_count"
            " following_count created_at last_login",
        ),
        Given(
            "artist_profile",
            ArtistProfile,
            "user",
            "bio skills experience_level hourly_rate portfolio_description is_available rating total_reviews"
            " total_projects_completed completion_rate created_at updated_at",
        ),
        Given("buyer_profile", BuyerProfile, "user", "company_name address projects_posted created_at updated_at"),
        Given(
            "public_profile",
            UserProfile,
            "user",
            "bio country city website twitter instagram portfolio_url skills software updated_at",
        ),
        Given("following", Follow, "follower", "followed=followed__username created_at"),
        Given("followers", Follow, "followed", "follower=follower__username created_at"),
        Given(
            "notifications", Notification, "user", "id notification_type title message data is_read read_at created_at"
        ),
        Given(
            "emails",
            Delivery,
            "user",
            "template address state created_at sent_at",
            where=Q(channel=DeliveryChannel.EMAIL),
        ),
        Given("emails_left_off", MailRefusal, "user", "topic reason created_at"),
        Given("email_changes", EmailChange, "user", "old_email new_email requested_at confirmed_at"),
        Given("sessions", Session, "user", "id kind network agent created_at seen_at expires_at"),
        Given("api_keys", ApiKey, "user", "id name prefix scopes created_at expires_at last_used_at ended_at"),
        Given("sign_in_networks", SignInPlace, "user", "network used_at"),
        Given("linked_accounts", SocialAccount, "user", "provider email created_at used_at"),
        Given("two_factor", AuthenticatorDevice, "user", "name confirmed created_at confirmed_at last_used_at"),
        Given(
            "webhooks",
            WebhookTarget,
            "owner",
            "id name url state description=endpoint__description events=endpoint__events created_at ended_at",
        ),
        Given(
            "webhook_messages",
            WebhookMessage,
            "target__owner",
            "webhook=target event_type about state attempts answer_status created_at sent_at",
        ),
        Given("exports", DataExport, "user", "id state byte_size created_at ended_at expires_at"),
        Given("deletions", AccountDeletion, "user", "state created_at due_at ended_at"),
    ),
    files=(GivenFiles("profile", User, "pk", "profile_image", "default"),),
    left_out={
        "DataExport.asked_by": "exports are their person's",
        "AccountDeletion.asked_by": "deletions are their person's",
        "BackupDevice.user": "single-use codes, of which digests alone are kept",
        "AuthToken.user": CREDENTIAL,
        "RefreshToken.user": CREDENTIAL,
        "PendingSignIn.user": CREDENTIAL,
        "EndedAccessToken.user": CREDENTIAL,
        "KeptAccessToken.user": CREDENTIAL,
        "PasswordLink.user": CREDENTIAL,
        "ProfileView.user": "who visits a page is known by keyed digests alone",
        "AuditEntry.actor": "decisions of staff about others",
        "StaffNote.author": "what staff note among themselves",
        "IdempotentCall.user": "answers that were given, kept for 30 days in case a call is sent again",
        "LogEntry.user": "Django's own log of its admin site, which staff use",
    },
)
