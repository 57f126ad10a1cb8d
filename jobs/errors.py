"""What the jobs app refuses."""

from config.core.errors import Invalid


class WrongJobStatus(Invalid):
    code = "wrong_job_status"


class WrongBidStatus(Invalid):
    code = "wrong_bid_status"


class WrongContractStatus(Invalid):
    code = "wrong_contract_status"


class AlreadyBid(Invalid):
    code = "already_bid"
    message = "You have a bid on this job already."


class AlreadySigned(Invalid):
    code = "already_signed"
    message = "You have signed this contract already."


class AlreadyReviewed(Invalid):
    code = "already_reviewed"
    message = "This job has a review already."
