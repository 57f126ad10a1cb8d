"""What people show of themselves, and what they are mailed: looked at."""

from django.contrib import admin

from accounts.models import ArtistProfile, BuyerProfile, Follow, MailAllowance, MailRefusal, UserProfile
from config.adminsite.rows import ReadOnlyAdmin


@admin.register(ArtistProfile)
class ArtistProfileAdmin(ReadOnlyAdmin):
    list_display = ("user", "experience_level", "hourly_rate", "is_available", "rating", "created_at")
    list_filter = ("experience_level", "is_available")
    list_select_related = ("user",)
    search_fields = ("user__username", "skills")


@admin.register(BuyerProfile)
class BuyerProfileAdmin(ReadOnlyAdmin):
    list_display = ("user", "company_name", "projects_posted", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "company_name")


@admin.register(UserProfile)
class UserProfileAdmin(ReadOnlyAdmin):
    list_display = ("user", "country", "city", "website", "updated_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "country", "city")


@admin.register(Follow)
class FollowAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "follower", "followed")
    list_select_related = ("follower", "followed")
    search_fields = ("follower__username", "followed__username")


@admin.register(MailAllowance)
class MailAllowanceAdmin(ReadOnlyAdmin):
    list_display = ("kind", "address", "used_at")
    list_filter = ("kind",)


@admin.register(MailRefusal)
class MailRefusalAdmin(ReadOnlyAdmin):
    list_display = ("user", "topic", "reason", "created_at")
    list_filter = ("topic", "reason")
    list_select_related = ("user",)
    search_fields = ("=user__username",)
