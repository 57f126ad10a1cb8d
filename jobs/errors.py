"""What the jobs app refuses."""

from config.core.errors import Conflict, Invalid


class WrongJobStatus(Invalid):
    code = "wrong_job_status"


class WrongBidStatus(Invalid):
    code = "wrong_bid_status"


class WrongContractStatus(Invalid):
    code = "wrong_contract_status"


class DeadlinePassed(Invalid):
    code = "deadline_passed"
    message = "The deadline of this job has passed."


class OwnJob(Invalid):
    code = "own_job"
    message = "This job is your own."


class JobPaid(Invalid):
    """Money for the job is here, so its buyer alone can no longer end it."""

    code = "job_paid"
    message = "This job is paid for. Its artist may cancel it, or open a dispute."


class DisputeOpen(Invalid):
    code = "dispute_open"
    message = "There is an open dispute about this job."


class WrongBountyStatus(Invalid):
    code = "wrong_bounty_status"


class BountyNotOpen(Invalid):
    """Or its deadline has passed."""

    code = "bounty_not_open"
    message = "Bounty is not open"


class OwnBounty(Invalid):
    code = "own_bounty"
    message = "You cannot apply to your own bounty"


class AlreadyApplied(Conflict):
    code = "already_applied"
    message = "Already applied"


class NoApplicant(Invalid):
    code = "no_applicant"
    message = "Winner must be an applicant"


class BountyBeingPaid(Conflict):
    """A winner was chosen, and the budget is on its way."""

    code = "bounty_being_paid"
    message = "A winner was chosen already, and the payment is on its way."


class AlreadyBid(Invalid):
    code = "already_bid"
    message = "You have a bid on this job already."


class AlreadySigned(Invalid):
    code = "already_signed"
    message = "You have signed this contract already."


class ContractExists(Invalid):
    code = "contract_exists"
    message = "This job has a contract already."


class ContractSigned(Invalid):
    code = "contract_signed"
    message = "What was signed is not changed any more."


class TermsDiffer(Conflict):
    code = "terms_differ"
    message = "The terms are not those that were signed first."


class AlreadyReviewed(Invalid):
    code = "already_reviewed"
    message = "This job has a review already."
