"""The levels of the admin API as permissions. The services behind it ask the same policies again."""

from typing import Any

from rest_framework.permissions import BasePermission

from accounts.policies import may_decide_about_people
from adminpanel import policies
from commerce.policies import may_manage_orders, may_move_money
from jobs.policies import may_manage_jobs
from marketplace.policies import may_keep_equipment, may_moderate


class MayReadAll(BasePermission):
    """Staff, administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return policies.may_read_all(request.user)


class MayModerate(BasePermission):
    """Those, and content moderators."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_moderate(request.user)


class MayHandleOrders(BasePermission):
    """Staff, administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_manage_orders(request.user)


class MayCloseJobs(BasePermission):
    """Staff, administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_manage_jobs(request.user)


class MayKeepStock(BasePermission):
    """Staff, administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_keep_equipment(request.user)


class MayMoveMoney(BasePermission):
    """Administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_move_money(request.user)


class MayDecideAboutPeople(BasePermission):
    """Administrators and superusers."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return may_decide_about_people(request.user)
