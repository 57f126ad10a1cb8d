"""What is decided about a person, as buttons of their page. Each is one of accounts' own services."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.choices import CreatorLevel, StaffLevel
from accounts.models import User
from accounts.policies import is_above, may_decide_about_people, may_invite, may_send_password_links
from accounts.services import people
from accounts.services.access import address_correct, password_link_order
from accounts.services.deletions import deletion_order
from accounts.services.exports import export_request
from accounts.services.invitations import invitation_repeat, invitation_withdraw, is_invited
from accounts.services.signed_in import sessions_end_all
from accounts.services.twofactor import is_enabled
from config.adminsite.decisions import DecisionForm, TrailForm, choose, decision
from config.core.idempotency import Once

BY_SALES = ("", "What their sales say")


class AddressForm(DecisionForm):
    email = forms.EmailField(label="Their address", max_length=254)


class LevelForm(DecisionForm):
    level = forms.ChoiceField(choices=[BY_SALES, *CreatorLevel.choices], required=False)


class InvitationForm(DecisionForm):
    """The fields of `staff_invite`."""

    email = forms.EmailField(label="E-mail", max_length=254)
    level = forms.TypedChoiceField(coerce=StaffLevel, label="As what")
    username = forms.CharField(required=False, max_length=150, help_text="Empty: what stands before the @.")

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["level"], [(each, each.label) for each in StaffLevel if may_invite(actor, each)])


# ---------------------------------------------------------------- in which states a button is there
def is_open(user: User) -> bool:
    return user.is_active


def is_shut(user: User) -> bool:
    return not user.is_active and not user.is_banned and not is_invited(user)


def has_two_factor(user: User) -> bool:
    return is_enabled(user)


def is_no_staff(user: User) -> bool:
    return not user.is_staff


def is_seller(user: User) -> bool:
    return user.may_sell


class PersonDecisions:
    """A part of the page of people. Nothing here is decided about oneself, or about somebody above."""

    decisions: ClassVar[tuple[Any, ...]] = (
        *("send_link", "correct_address", "end_two_factor", "sign_out", "repeat_invitation", "withdraw_invitation"),
        *("confirm_identity", "doubt_identity", "set_level", "take_on", "take_off"),
        *("switch_on", "switch_off", "shut_out", "let_in", "export", "erase"),
    )

    def _is_below(self, request: HttpRequest, object_id: Any) -> bool:
        """Asked by each button: looked up once a request."""
        known: dict[str, bool] = request.__dict__.setdefault("people_below", {})
        if str(object_id) not in known:
            row: User | None = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
            is_there = row is not None and row.erased_at is None and row.pk != request.user.pk
            known[str(object_id)] = is_there and row is not None and not is_above(row, request.user)
        return known[str(object_id)]

    def has_person_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_decide_about_people(request.user) and self._is_below(request, object_id)

    def has_link_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_send_password_links(request.user) and self._is_below(request, object_id)

    # ------------------------------------------------------------ getting back at the account
    @decision(
        "Send a reset link",
        permissions=["link"],
        when=is_open,
        icon="lock_reset",
        warning="A link for a new password goes to the account's address. It is good for an hour.",
    )
    def send_link(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        password_link_order(actor=request.user, user_id=row.pk, once=once)
        return "The link is on its way."

    @decision(
        "Correct the address",
        form=AddressForm,
        permissions=["person"],
        when=is_open,
        icon="alternate_email",
        warning="It takes its place once they confirm it by the link that goes there. The old one is told.",
    )
    def correct_address(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        address_correct(actor=request.user, user_id=row.pk, email=sent["email"], once=once)
        return f"{sent['email']} is asked."

    @decision(
        "Turn 2FA off",
        form=TrailForm,
        permissions=["person"],
        when=has_two_factor,
        icon="no_encryption",
        danger=True,
        warning="Make sure that it is they who ask. They are told by e-mail, and signed out everywhere.",
    )
    def end_two_factor(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_two_factor_end(actor=request.user, user_id=row.pk, reason=sent["reason"])
        return "2FA is off; they are told."

    @decision(
        "End sessions",
        form=TrailForm,
        permissions=["person"],
        when=is_open,
        icon="logout",
        warning="They are signed out everywhere, and the keys of their programs end.",
    )
    def sign_out(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        sessions_end_all(actor=request.user, user_id=row.pk, reason=sent["reason"])
        return "All sessions, tokens and API keys are ended."

    # ------------------------------------------------------------ an invitation
    @decision(
        "Invite again",
        permissions=["person"],
        when=is_invited,
        icon="forward_to_inbox",
        warning="The link of before ends.",
    )
    def repeat_invitation(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        invitation_repeat(actor=request.user, user_id=row.pk, once=once)
        return "A new invitation is on its way."

    @decision(
        "Withdraw the invitation",
        permissions=["person"],
        when=is_invited,
        icon="person_remove",
        danger=True,
        warning="The account goes; its link opens nothing.",
    )
    def withdraw_invitation(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> HttpResponse:
        invitation_withdraw(actor=request.user, user_id=row.pk)
        messages.success(request, "Withdrawn.")
        return HttpResponseRedirect(reverse("admin:accounts_user_changelist"))

    # ------------------------------------------------------------ who they are here
    @decision(
        "Verify",
        permissions=["person"],
        when=lambda row: not row.identity_verified,
        icon="verified_user",
        warning="You have checked who this is. Their new works go on sale without waiting for a moderator.",
    )
    def confirm_identity(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_verify(actor=request.user, user_id=row.pk)
        return "Verified; they are told."

    @decision(
        "Take the verification back",
        permissions=["person"],
        when=lambda row: row.identity_verified,
        icon="remove_moderator",
        warning="New works wait for a moderator again; what is on sale stays there.",
    )
    def doubt_identity(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_unverify(actor=request.user, user_id=row.pk)
        return "The verification is taken back."

    @decision("Creator level", form=LevelForm, permissions=["person"], when=is_seller, icon="military_tech")
    def set_level(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        user = people.creator_level_set(actor=request.user, user_id=row.pk, level=sent["level"])
        return f"{user.get_creator_level_display()}."

    @decision(
        "Make staff",
        permissions=["person"],
        when=is_no_staff,
        icon="badge",
        warning="They read nearly everything, and handle orders and tickets. Other levels are chosen in the form.",
    )
    def take_on(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_make_staff(actor=request.user, user_id=row.pk)
        return "They work here now."

    @decision(
        "Remove from staff",
        permissions=["person"],
        when=lambda row: row.is_staff and not is_invited(row),
        icon="badge",
        danger=True,
        warning="The admin site closes to them, and what their groups gave ends.",
    )
    def take_off(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_remove_staff(actor=request.user, user_id=row.pk)
        return "They work here no longer."

    # ------------------------------------------------------------ whether they may come in
    @decision("Activate", permissions=["person"], when=is_shut, icon="toggle_on", warning="They may sign in again.")
    def switch_on(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_activate(actor=request.user, user_id=row.pk)
        return "The account is active."

    @decision(
        "Deactivate",
        form=TrailForm,
        permissions=["person"],
        when=is_open,
        icon="toggle_off",
        danger=True,
        warning="They cannot sign in, every session ends, and nothing of theirs is on sale.",
    )
    def switch_off(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_deactivate(actor=request.user, user_id=row.pk, reason=sent["reason"])
        return "The account is deactivated."

    @decision(
        "Ban",
        form=TrailForm,
        permissions=["person"],
        when=lambda row: not row.is_banned and not is_invited(row),
        icon="block",
        danger=True,
        warning="They cannot sign in, every session ends; their page, listings and writings are hidden.",
    )
    def shut_out(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_ban(actor=request.user, user_id=row.pk, reason=sent["reason"])
        return "Banned."

    @decision("Lift the ban", permissions=["person"], when=lambda row: row.is_banned, icon="how_to_reg")
    def let_in(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        people.user_unban(actor=request.user, user_id=row.pk)
        return "The ban is lifted."

    # ------------------------------------------------------------ their data
    @decision(
        "Export their data",
        permissions=["person"],
        when=is_open,
        icon="folder_zip",
        warning="All that the platform has of them is put together; the link goes to them alone.",
    )
    def export(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        export_request(actor=request.user, user_id=row.pk)
        return "Their data is being put together; they get the link."

    @decision(
        "Delete the account",
        form=TrailForm,
        permissions=["person"],
        when=lambda row: not is_invited(row),
        icon="delete_forever",
        danger=True,
        warning="There is no way back. The books keep what they must, without their name; they are told by e-mail.",
    )
    def erase(self, request: HttpRequest, row: User, sent: dict[str, Any], once: Once) -> str:
        deletion_order(actor=request.user, user_id=row.pk, reason=sent["reason"])
        return "The account is closed, and deleted within minutes."
