"""Accounts at other companies that sign in to ours."""

from django.db.models import QuerySet

from accounts.models import SocialAccount, User


def social_accounts_of(user: User) -> QuerySet[SocialAccount]:
    """In the order in which they were linked."""
    return SocialAccount.objects.filter(user=user).order_by("pk")


def social_ids(user: User) -> dict[str, str]:
    """By provider, what the person is known as there."""
    return dict(social_accounts_of(user).values_list("provider", "uid"))
