"""What a printer is asked to do by hand. All of it is an addition of ours."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.dialects.base import operation
from config.dialects.printshop import PRINT_OPERATIONS, MomentOut, PrintshopView
from printshop.choices import CommandKind, CommandState
from printshop.models import PrinterCommand
from printshop.selectors.printers import command_own
from printshop.services.printers.commands import command_ask


class CommandOut(serializers.Serializer[PrinterCommand]):
    """`waiting`, `sent`, and how it ended: `confirmed` by what the printer does, `refused` by it, or `lost`, when the
    printer did not do it or could not be watched; `detail` says why, in words."""

    id = serializers.IntegerField()
    printer_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CommandKind.choices)
    state = serializers.ChoiceField(choices=CommandState.choices)
    detail = serializers.CharField()
    created_at = MomentOut()
    sent_at = MomentOut(allow_null=True)
    ended_at = MomentOut(allow_null=True)


class Commands(PrintshopView):
    minute_limits: ClassVar[Any] = dict.fromkeys(("pause", "resume", "stop", "refresh"), PRINT_OPERATIONS)

    @operation(answer=CommandOut, status=202)
    def pause(self, request: Request, id: int) -> Response:
        """409 with the reason when the printer is not connected, takes no commands, or is not printing."""
        return self._ask(id, CommandKind.PAUSE)

    @operation(answer=CommandOut, status=202)
    def resume(self, request: Request, id: int) -> Response:
        return self._ask(id, CommandKind.RESUME)

    @operation(answer=CommandOut, status=202)
    def stop(self, request: Request, id: int) -> Response:
        """The print ends, and counts neither as success nor as failure."""
        return self._ask(id, CommandKind.STOP)

    @operation(answer=CommandOut, status=202)
    def refresh(self, request: Request, id: int) -> Response:
        """Connect to the printer anew and ask it for everything, at most every 30 seconds."""
        return self._ask(id, CommandKind.REFRESH)

    @operation(answer=CommandOut)
    def get(self, request: Request, id: int) -> Response:
        """What became of it."""
        return self.answer(command_own(actor=self.caller, command_id=id))

    def _ask(self, printer_id: int, kind: CommandKind) -> Response:
        return self.answer(command_ask(actor=self.caller, printer_id=printer_id, kind=kind))
