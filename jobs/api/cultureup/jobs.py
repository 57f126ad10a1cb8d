"""CultureUp's jobs and the bids on them."""

from typing import Any, cast

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from jobs import selectors
from jobs.api.cultureup import serializers as forms
from jobs.services import bids, hiring, jobs
from jobs.services.bids import BidChanges
from jobs.services.jobs import JobChanges


class Jobs(CultureupView):
    @operation(query=forms.JobsQuery, answer=forms.JobOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(selectors.jobs_listed(actor=request.user, **self.query()))

    @operation(answer=forms.JobOut, who=AllowAny)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.job_visible(actor=request.user, job_id=id))

    @operation(body=forms.JobIn, answer=forms.OwnJobOut, status=201)
    def create(self, request: Request) -> Response:
        job = jobs.job_post(actor=self.caller, **self.body())
        return self.answer(selectors.job_visible(actor=self.caller, job_id=job.pk))

    @operation(body=forms.JobIn, answer=forms.OwnJobOut)
    def update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body())

    @operation(body=forms.JobIn, answer=forms.OwnJobOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body(partial=True))

    def _change(self, id: int, sent: dict[str, Any]) -> Response:
        jobs.job_change(actor=self.caller, job_id=id, changes=cast(JobChanges, sent))
        return self.answer(selectors.job_visible(actor=self.caller, job_id=id))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        jobs.job_delete(actor=self.caller, job_id=id)
        return self.answer()

    @operation(answer=forms.BidOut, rows="page")
    def bids(self, request: Request, id: int) -> Response:
        return self.page(selectors.bids_on(actor=self.caller, job_id=id))

    @operation(body=forms.HireIn, answer=forms.JobHiredOut)
    def hire(self, request: Request, id: int) -> Response:
        job = hiring.job_hire(actor=self.caller, job_id=id, **self.body())
        return self.answer(forms.moved("Artist hired successfully", job, forms.HiredJobOut))

    @operation(answer=forms.JobMovedOut)
    def complete(self, request: Request, id: int) -> Response:
        job = hiring.job_complete(actor=self.caller, job_id=id)
        return self.answer(forms.moved("Job completed successfully", job))

    @operation(answer=forms.JobMovedOut)
    def deliver(self, request: Request, id: int) -> Response:
        job = hiring.job_deliver(actor=self.caller, job_id=id)
        return self.answer(forms.moved("Work delivered successfully", job))

    @operation(body=forms.ChangesWantedIn, answer=forms.JobMovedOut)
    def request_changes(self, request: Request, id: int) -> Response:
        job = hiring.job_return(actor=self.caller, job_id=id, **self.body())
        return self.answer(forms.moved("Changes requested successfully", job))

    @operation(body=forms.JobCancelIn, answer=forms.JobMovedOut)
    def cancel(self, request: Request, id: int) -> Response:
        job = hiring.job_cancel(actor=self.caller, job_id=id, **self.body())
        return self.answer(forms.moved("Job cancelled successfully", job))


class Bids(CultureupView):
    @operation(query=forms.BidsQuery, answer=forms.BidOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(selectors.bids_of(actor=self.caller, **self.query()))

    @operation(answer=forms.BidOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.bid_visible(actor=self.caller, bid_id=id))

    @operation(body=forms.BidIn, answer=forms.OwnBidOut, status=201)
    def create(self, request: Request) -> Response:
        bid = bids.bid_place(actor=self.caller, **self.body())
        return self.answer(selectors.bid_visible(actor=self.caller, bid_id=bid.pk))

    @operation(body=forms.BidChangeIn, answer=forms.OwnBidOut)
    def update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body())

    @operation(body=forms.BidChangeIn, answer=forms.OwnBidOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body(partial=True))

    def _change(self, id: int, sent: dict[str, Any]) -> Response:
        job_id = sent.pop("job_id", None)
        bids.bid_change(actor=self.caller, bid_id=id, job_id=job_id, changes=cast(BidChanges, sent))
        return self.answer(selectors.bid_visible(actor=self.caller, bid_id=id))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        bids.bid_withdraw(actor=self.caller, bid_id=id)
        return self.answer()
