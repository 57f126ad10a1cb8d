"""People: their accounts and profiles, how they sign in, and how they are reached."""

from accounts.models.addresses import EmailChange, MailAllowance, MailRefusal
from accounts.models.notifications import Delivery, Notification
from accounts.models.own_data import AccountDeletion, DataExport
from accounts.models.people import Accounts, ArtistProfile, BuyerProfile, Follow, ProfileView, User, UserProfile
from accounts.models.sessions import ApiKey, Session
from accounts.models.sign_in import (
    AuthenticatorDevice,
    BackupCode,
    BackupDevice,
    EndedAccessToken,
    KeptAccessToken,
    PasswordLink,
    PasswordRequest,
    PendingSignIn,
    RefreshToken,
    SecondFactor,
    SignInFailure,
    SignInGuard,
    SignInPlace,
    SocialAccount,
)
from accounts.models.webhooks import WebhookEndpoint, WebhookMessage, WebhookTarget

__all__ = [
    "AccountDeletion",
    "Accounts",
    "ApiKey",
    "ArtistProfile",
    "AuthenticatorDevice",
    "BackupCode",
    "BackupDevice",
    "BuyerProfile",
    "DataExport",
    "Delivery",
    "EmailChange",
    "EndedAccessToken",
    "Follow",
    "KeptAccessToken",
    "MailAllowance",
    "MailRefusal",
    "Notification",
    "PasswordLink",
    "PasswordRequest",
    "PendingSignIn",
    "ProfileView",
    "RefreshToken",
    "SecondFactor",
    "Session",
    "SignInFailure",
    "SignInGuard",
    "SignInPlace",
    "SocialAccount",
    "User",
    "UserProfile",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookTarget",
]
