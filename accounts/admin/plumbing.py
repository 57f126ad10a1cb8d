"""How people sign in, for who looks for a fault: never the secrets themselves."""

from django.contrib import admin
from knox.models import AuthToken

from accounts.admin.sign_ins import SignInRows
from accounts.models import (
    AuthenticatorDevice,
    BackupCode,
    BackupDevice,
    EmailChange,
    EndedAccessToken,
    KeptAccessToken,
    PasswordLink,
    PasswordRequest,
    PendingSignIn,
    RefreshToken,
    SignInFailure,
    SignInGuard,
    SignInPlace,
    SocialAccount,
)
from config.adminsite.rows import ReadOnlyAdmin

admin.site.unregister(AuthToken)


@admin.register(AuthenticatorDevice)
class AuthenticatorDeviceAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "confirmed", "created_at", "confirmed_at", "last_used_at")
    list_filter = ("confirmed",)
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(BackupCode)
class BackupCodeAdmin(SignInRows, ReadOnlyAdmin):
    person = "device__user"
    list_display = fields = ("device", "used_at", "created_at")
    list_select_related = ("device",)
    search_fields = ("device__user__username",)


@admin.register(BackupDevice)
class BackupDeviceAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(EmailChange)
class EmailChangeAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "old_email", "new_email", "requested_at", "confirmed_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "old_email", "new_email")


@admin.register(PasswordLink)
class PasswordLinkAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(PasswordRequest)
class PasswordRequestAdmin(ReadOnlyAdmin):
    list_display = fields = ("email", "created_at")


@admin.register(PendingSignIn)
class PendingSignInAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "failures", "expires_at", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(RefreshToken)
class RefreshTokenAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "family", "used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(EndedAccessToken)
class EndedAccessTokenAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(KeptAccessToken)
class KeptAccessTokenAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(AuthToken)
class AuthTokenAdmin(SignInRows, ReadOnlyAdmin):
    list_display = fields = ("user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("user__username",)


@admin.register(SignInGuard)
class SignInGuardAdmin(ReadOnlyAdmin):
    list_display = ("account", "address", "used_at")
    search_fields = ("=account", "address")


@admin.register(SignInFailure)
class SignInFailureAdmin(ReadOnlyAdmin):
    list_display = ("account", "address", "failed_at")
    search_fields = ("=account", "address")


@admin.register(SignInPlace)
class SignInPlaceAdmin(SignInRows, ReadOnlyAdmin):
    list_display = ("user", "network", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "network")


@admin.register(SocialAccount)
class SocialAccountAdmin(SignInRows, ReadOnlyAdmin):
    list_display = ("user", "provider", "email", "created_at", "used_at")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("user__username", "email")
