"""What the community refuses."""

from config.core.errors import Conflict, Denied, DomainError, Invalid, Upstream


class Unreachable(Denied):
    """One of the two blocks the other; it does not say who."""

    code = "unreachable"
    message = "You and this person cannot write to each other."


class ToOneself(DomainError):
    code = "to_oneself"
    message = "You cannot message yourself"


class NotYourMessage(Denied):
    code = "not_your_message"


class TooLate(Invalid):
    """A message is changed by its sender, and only for a while."""

    code = "too_late"


class WrongTicketStatus(Conflict):
    code = "wrong_ticket_status"


class TicketClosed(Conflict):
    code = "ticket_closed"
    message = "The ticket is closed. Please open a new one."


class AlreadySent(Invalid):
    code = "already_sent"
    message = "Campaign has already been sent"


class InvalidLink(Invalid):
    code = "invalid_link"
    message = "This link is not valid."


class StillAnswering(Conflict):
    """One answer at a time in a chat session."""

    code = "still_answering"
    message = "The assistant is still answering your last message."


class AnswerGivenUp(Upstream):
    code = "answer_given_up"
    message = "The answer took too long. Please ask again."


class NameTaken(Conflict):
    code = "community_name_taken"
    message = "Community name already exists"


class NotAMember(Denied):
    code = "not_a_member"
    message = "Join the community to post"


class ShutOut(Denied):
    code = "shut_out"
    message = "You cannot join this community"


class CreatorStays(DomainError):
    """Who made a community neither leaves it nor loses it to others."""

    code = "creator_stays"
    message = "The creator cannot leave the community"


class ReportDecided(Conflict):
    code = "report_decided"
    message = "This was decided already."
