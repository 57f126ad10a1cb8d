"""The print shop's queue. Print operations are limited to 100 a minute."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.moments import StartIn
from config.dialects.printshop import PRINT_OPERATIONS, IdQuery, MessageOut, MomentOut, PrintshopView
from printshop.api.printshop.filaments import GramsIn
from printshop.models import ScheduledPrint
from printshop.selectors.prints import print_own, prints, queue_of
from printshop.services.prints.prints import (
    LEAST_PRIORITY,
    MOST_COPIES,
    MOST_MINUTES,
    SLOTS,
    print_cancel,
    print_change,
    print_create,
)

STATUSES = ("queued", "scheduled", "started", "completed", "failed")
LARGEST_ID = 2**63 - 1


class ColorIn(serializers.RegexField):
    """#RRGGBB, kept in upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\A#[0-9A-Fa-f]{6}\Z", **options)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class PrintIn(serializers.Serializer[Any]):
    """`printer_id` null is whichever printer fits (an addition of ours, as is everything after `priority`)."""

    printer_id = serializers.IntegerField(allow_null=True, min_value=1, max_value=LARGEST_ID)
    job_name = serializers.CharField(max_length=200)
    file_name = serializers.CharField(max_length=200, required=False, help_text="Needed unless `file_id` is sent.")
    material_type = serializers.CharField(max_length=40, required=False, allow_blank=True)
    material_slot = serializers.IntegerField(min_value=1, max_value=SLOTS, required=False, allow_null=True)
    estimated_duration_minutes = serializers.IntegerField(
        min_value=1, max_value=MOST_MINUTES, required=False, allow_null=True
    )
    priority = serializers.IntegerField(min_value=1, max_value=LEAST_PRIORITY, default=5, help_text="1 is most urgent.")
    file_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, allow_null=True)
    plate = serializers.IntegerField(min_value=1, max_value=999, default=1)
    color = ColorIn(required=False, allow_blank=True)
    must_match_color = serializers.BooleanField(default=False)
    grams = GramsIn(required=False, allow_null=True)
    not_before = StartIn(required=False, allow_null=True)
    copies = serializers.IntegerField(min_value=1, max_value=MOST_COPIES, default=1)


class PrintChangeIn(serializers.Serializer[Any]):
    """Without `status` only the wishes change (an addition of ours, as is everything after it)."""

    status = serializers.ChoiceField(STATUSES, required=False)
    printer_id = serializers.IntegerField(allow_null=True, required=False, min_value=1, max_value=LARGEST_ID)
    priority = serializers.IntegerField(min_value=1, max_value=LEAST_PRIORITY, required=False)
    not_before = StartIn(required=False, allow_null=True)
    material_slot = serializers.IntegerField(min_value=1, max_value=SLOTS, required=False, allow_null=True)
    must_match_color = serializers.BooleanField(required=False)
    print_anyway = serializers.BooleanField(required=False, help_text="Although the spool may not hold enough.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"status": "This field is required."})
        return attrs


class PrintsQuery(serializers.Serializer[Any]):
    printer_id = IdQuery(required=False)
    status = serializers.ChoiceField(STATUSES, required=False)


class PrintOut(serializers.Serializer[ScheduledPrint]):
    """`scheduled_start` is when the queue expects it to start; null where nobody can honestly say. `waiting_code` and
    `waiting_reason` say why it is not running (additions of ours, as is everything after `created_at`)."""

    id = serializers.IntegerField()
    printer_id = serializers.IntegerField(source="shown_printer_id", allow_null=True)
    job_name = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    priority = serializers.IntegerField()
    scheduled_start = MomentOut(allow_null=True)
    created_at = MomentOut()
    waiting_code = serializers.CharField()
    waiting_reason = serializers.CharField()
    failure_reason = serializers.CharField()
    file_id = serializers.IntegerField(allow_null=True)
    file_name = serializers.CharField()
    plate = serializers.IntegerField()
    material_type = serializers.CharField()
    material_slot = serializers.IntegerField(allow_null=True)
    color = serializers.CharField()
    must_match_color = serializers.BooleanField()
    print_anyway = serializers.BooleanField()
    estimated_duration_minutes = serializers.IntegerField(source="estimated_minutes", allow_null=True)
    order_id = serializers.IntegerField(source="shown_order_id", allow_null=True)
    copy_number = serializers.IntegerField()
    not_before = MomentOut(allow_null=True)
    ship_by = MomentOut(allow_null=True)
    started_at = MomentOut(allow_null=True)
    ended_at = MomentOut(allow_null=True)


class QueuedOut(serializers.Serializer[ScheduledPrint]):
    """`scheduled_start`, `waiting_code` and `waiting_reason` are additions of ours."""

    id = serializers.IntegerField()
    job_name = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    priority = serializers.IntegerField()
    estimated_duration = serializers.IntegerField(source="estimated_minutes", allow_null=True, help_text="Minutes.")
    scheduled_start = MomentOut(allow_null=True)
    waiting_code = serializers.CharField()
    waiting_reason = serializers.CharField()


class ScheduledPrints(PrintshopView):
    minute_limits: ClassVar = dict.fromkeys(("create", "update", "delete"), PRINT_OPERATIONS)

    @operation(body=PrintIn, answer=PrintOut, status=201, idempotent=True)
    def create(self, request: Request) -> Response:
        """Queue a print; `copies` of it when asked for, of which the first is answered. The file is one that was
        uploaded, else one on the printer itself."""
        made = print_create(actor=self.caller, once=self.once, **self._named(self.body()))
        return self.answer(print_own(actor=self.caller, print_id=made.pk))

    @operation(query=PrintsQuery, answer=PrintOut, rows="all")
    def list(self, request: Request) -> Response:
        """The most urgent first, equal ones in order of arrival."""
        return self.array(prints(actor=self.caller, **self.query()))

    @operation(answer=PrintOut)
    def retrieve(self, request: Request, id: int) -> Response:
        """One print (an addition of ours)."""
        return self.answer(print_own(actor=self.caller, print_id=id))

    @operation(answer=QueuedOut, rows="all")
    def queue(self, request: Request, id: int) -> Response:
        """What waits for a printer: `id` is the printer's."""
        return self.array(queue_of(actor=self.caller, printer_id=id))

    @operation(body=PrintChangeIn, answer=PrintOut)
    def update(self, request: Request, id: int) -> Response:
        """queued → scheduled → started → completed or failed; failed → queued (again). Any other change is 409.

        `started` sends it to a printer that is connected and free, and waits a few seconds for it to begin: else it
        is still `scheduled`, and `waiting_reason` says how far it is. On a printer that is not connected it records
        that the operator has started it by hand.
        """
        return self.answer(print_change(actor=self.caller, print_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """Cancel what has not started; otherwise 409."""
        print_cancel(actor=self.caller, print_id=id)
        return self.answer({"message": "Scheduled print cancelled"})

    @staticmethod
    def _named(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None}
