"""The groups behind the levels of people, and what each may do in Django's admin site."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.choices import ADMINS_GROUP, MODERATORS_GROUP, STAFF_GROUP

OURS = ("core", "accounts", "marketplace", "commerce", "jobs", "community", "printshop", "adminpanel")
# How people sign in is administrators' to see.
SIGN_IN = (
    *("authenticatordevice", "backupcode", "backupdevice", "pendingsignin", "signinguard", "signinfailure"),
    *("signinplace", "endedaccesstoken", "keptaccesstoken", "refreshtoken", "socialaccount", "session", "apikey"),
    *("passwordlink", "passwordrequest", "emailchange"),
)
MODERATED = Q(
    content_type__app_label="marketplace",
    content_type__model__in=(
        *("artwork", "category", "picture", "comparedpicture", "appeal", "statuschange"),
        *("model3d", "meshfile", "modellabel", "listingcomment"),
    ),
) | Q(content_type__app_label="commerce", content_type__model__in=("listingreview", "helpfulvote"))
MODERATED |= Q(
    content_type__app_label="community",
    content_type__model__in=("community", "communitypost", "postcomment", "abusereport", "blogcomment"),
)

# What staff write, for all to read.
PAGES = Q(
    content_type__app_label="community",
    content_type__model__in=(
        *("helparticle", "helpcategory", "docsection", "blogpost", "tutorial", "testimonial", "course"),
    ),
)


def groups_prepare() -> dict[str, Group]:
    """Make the three groups, or bring their permissions up to date. By name."""
    every = Permission.objects.filter(content_type__app_label__in=OURS)
    views = every.filter(codename__startswith="view_")
    moderators = views.filter(MODERATED)
    categories = every.filter(codename__in=["add_category", "change_category"])
    equipment = every.filter(codename="change_equipment")
    pages = every.filter(PAGES).exclude(codename__startswith="view_")
    staff = views.exclude(Q(content_type__model__in=SIGN_IN))
    people = every.filter(codename="change_user")
    with transaction.atomic():
        return {
            MODERATORS_GROUP: _group(MODERATORS_GROUP, moderators, categories),
            STAFF_GROUP: _group(STAFF_GROUP, staff, categories, equipment, pages),
            ADMINS_GROUP: _group(ADMINS_GROUP, views, categories, equipment, pages, people),
        }


def _group(name: str, *granted: Iterable[Permission]) -> Group:
    group, _made = Group.objects.get_or_create(name=name)
    group.permissions.set({permission for permissions in granted for permission in permissions})
    return group
