"""The print on a printer: whether it began, goes on, and how it ended, by what the printer says.

An acknowledgement is no start, a failure may turn out to be a stop by hand, and after a break the printer tells what
became of a print that was going on. What is decided is done by the services of runs, in order.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from printshop.bambu.changes import SETTLED_AFTER, Change, ChangeKind
from printshop.bambu.machines import model_of
from printshop.bambu.values import as_object, within
from printshop.bambu.views import MOST_LAYERS, PrinterView
from printshop.bridge.connection import Connection
from printshop.bridge.orders import Run
from printshop.bridge.rules import (
    ANOTHER_BEGAN,
    BETWEEN_PROGRESS,
    COMMAND_SECONDS,
    FOREIGN_SECONDS,
    IDENTITY_SECONDS,
    LATE_START_SECONDS,
    LONG_FOREIGN_SECONDS,
    NEVER_STARTED,
    NOW_IS_SOON,
    OUTCOME_UNKNOWN,
    SLOW_START_SECONDS,
    SLOW_TO_START,
    START_SECONDS,
)
from printshop.choices import CommandState, EventKind, RunState
from printshop.services.prints.runs import (
    run_began_late,
    run_completed,
    run_failed,
    run_not_started,
    run_progressed,
    run_seen_ended,
    run_started,
    run_stopped,
)

if TYPE_CHECKING:
    from printshop.bridge.link import Link


@dataclass(eq=False)
class PrintWatch:
    link: "Link"
    run: Run | None = None
    taken_up: int | None = None
    """The run that this connection has seen."""
    before_start: PrinterView | None = None
    """What the printer did when the start of this run was published."""
    published_on: Connection | None = None
    last_free: PrinterView | None = None
    """The last that was seen of the printer since then, while it had not begun."""
    given_up: Run | None = None
    """The last that was published and thought not to have started, by this bridge, one before it, or the owner: the
    printer may begin it all the same."""
    foreign_since: float | None = None
    over_since: float | None = None
    stop_sent_at: float | None = None
    failing: list[tuple[float, Change, int | None]] = field(default_factory=list)
    progressed: tuple[float, Any] = (0.0, None)

    def connected(self) -> None:
        self.foreign_since = self.over_since = self.taken_up = None

    def published(self) -> None:
        """The start of the run has gone out."""
        self.before_start = self.last_free = self.link.view
        self.published_on, self.foreign_since = self.link.connection, None

    def is_ours(self, subtask_id: str, task_id: str, job: str) -> bool:
        """By the number that we gave it; where the printer gives none, by its name."""
        if self.run is None or self.run.is_by_hand:
            return False
        if subtask_id or task_id:
            return self._is_our_number(subtask_id, task_id)
        return bool(job) and self.run.job.startswith(job)

    def _is_our_number(self, subtask_id: str, task_id: str) -> bool:
        return self.run is not None and str(self.run.submission) in (subtask_id, task_id)

    def shows_ours(self, view: PrinterView) -> bool:
        return self.is_ours(view.subtask_id, view.task_id, view.last_job)

    def changed(self, change: Change, now: float) -> None:
        is_ours = self.is_ours(change.subtask_id, change.task_id, change.job)
        run_id = self.run.pk if is_ours and self.run is not None else None
        is_printing = self.run is not None and self.run.state == RunState.PRINTING
        if change.kind == ChangeKind.STARTED:
            self.settle(now, at_once=True)
            is_foreign = not is_ours and (self.run is None or self.run.state != RunState.SENT)
            if is_foreign and not self._begins_late(change.subtask_id, change.task_id):
                self._event_of_print(EventKind.PRINT_STARTED, change, "has begun to print")
        elif change.kind == ChangeKind.FAILED and not (is_ours and self._was_stopped(now)):
            if run_id is not None and is_printing:
                self._keep_progress(change)
            self.failing.append((now + SETTLED_AFTER, change, run_id))
        elif change.kind in (ChangeKind.STOPPED, ChangeKind.FAILED):
            self.failing.clear()
            if run_id is not None:
                self._begin_run_if_sent()
                self._keep_progress(change)
                self.end(run_stopped)
        elif change.kind == ChangeKind.COMPLETED:
            if run_id is not None:
                self._begin_run_if_sent()
                self.end(run_completed)
            elif not is_printing:
                self._event_of_print(EventKind.PRINT_COMPLETED, change, "has printed")

    def _begins_late(self, *numbers: str) -> bool:
        """Whether it is the one that was given up, told by our number: it must not be printed once more."""
        late = self.given_up
        if late is None or str(late.submission) not in numbers:
            return False
        self.given_up = None
        self.link.desk.decide(self.link, run_began_late, run_id=late.pk)
        return True

    def _was_stopped(self, now: float) -> bool:
        return self.stop_sent_at is not None and now - self.stop_sent_at < COMMAND_SECONDS

    def settle(self, now: float, *, at_once: bool = False) -> None:
        """A failure that was not shown to be a stop by hand is one."""
        due = [entry for entry in self.failing if at_once or now >= entry[0]]
        self.failing = [entry for entry in self.failing if entry not in due]
        for _at, change, run_id in due:
            if run_id is None:
                self._event_of_print(EventKind.PRINT_FAILED, change, "has failed to print")
            elif self.run is not None and self.run.pk == run_id:
                self.end(run_failed, reason=change.words or "The print failed.")

    def _event_of_print(self, kind: EventKind, change: Change, verb: str) -> None:
        """Of a print that is not from the queue."""
        job = change.job or "a print"
        key = f"job:{change.subtask_id or change.task_id or change.job[:60]}:{int(time.time())}"
        words = f"{self.link.printer.name} {verb} {job}." + (f" {change.words}" if change.words else "")
        self.link.news.tell(kind, key, words, {"job_name": job})

    def watch(self, view: PrinterView, now: float) -> None:
        run = self.run
        if run is None and view.is_busy:
            self._begins_late(view.subtask_id, view.task_id)  # or has begun while nobody was there to see it
        if run is None or run.is_by_hand:
            return
        # The first message after a connect may say that it prints, and not yet what.
        is_told = bool(view.subtask_id or view.task_id or view.last_job) or now - self.link.up_since > IDENTITY_SECONDS
        if run.state == RunState.SENT:
            if is_told:
                self._watch_sent_run(view, now)
        elif run.state == RunState.PRINTING and is_told:
            if self.taken_up != run.pk:
                self.taken_up = run.pk
                self._take_up_run(view, now)
            elif view.is_busy and self.shows_ours(view):
                self.foreign_since = None
                self._tell_progress(view, now)
            elif view.is_busy and not view.is_preparing and self._is_foreign_for(FOREIGN_SECONDS, now):
                self.end(run_stopped, reason=OUTCOME_UNKNOWN)

    def _watch_sent_run(self, view: PrinterView, now: float) -> None:
        """An acknowledgement is no start: a busy printer is, when what it does may be ours."""
        before = self.before_start
        is_ours = self.shows_ours(view)
        if view.is_busy:
            # Numbers and names may come a little after the state.
            is_late = before is not None and _identity(view) in (_identity(before), NOBODY)
            if is_ours or is_late:
                self.foreign_since = None
                self._begin_run()
            elif self._is_foreign_for(FOREIGN_SECONDS if before is not None else LONG_FOREIGN_SECONDS, now):
                self.link.asked.start_ended(CommandState.LOST, ANOTHER_BEGAN)
                self.end(run_not_started, reason=ANOTHER_BEGAN, again_in=NOW_IS_SOON)
                self._begins_late(view.subtask_id, view.task_id)
            return
        self.foreign_since = None
        moved = before is not None and view.gcode_state != before.gcode_state and view.gcode_state != "IDLE"
        if is_ours and moved and not self.failing:
            self._begin_run()  # it was over before it was seen
            self._take_up_run(view, now)
        elif before is not None and not moved and self.published_on is self.link.connection:
            self.last_free = view

    def _is_foreign_for(self, seconds: float, now: float) -> bool:
        if self.foreign_since is None:
            self.foreign_since = now
        return now - self.foreign_since > seconds

    def _take_up_run(self, view: PrinterView, now: float) -> None:
        """A print that was going on when the printer was last heard, or may have been: what became of it?"""
        if view.is_busy:
            if not self.shows_ours(view):
                self.end(run_stopped, reason=OUTCOME_UNKNOWN)
            return
        if not self.shows_ours(view):
            self.end(run_stopped, reason=OUTCOME_UNKNOWN)
        elif view.gcode_state == "FINISH":
            self.end(run_completed)
        elif view.is_stopped_by_hand or view.gcode_state != "FAILED":
            self._keep_last_layer()
            self.end(run_stopped)
        elif self.run is not None:
            self._keep_last_layer()
            change = Change(ChangeKind.FAILED, view.detail)
            self.failing.append((now + SETTLED_AFTER, change, self.run.pk))

    def watch_end(self, now: float) -> None:
        """A print whose end was not seen as one, because the printer said nothing of its state meanwhile, or whose end
        could not be stored: its printer has been free for a while, and nothing is under way."""
        run, view = self.run, self.link.view
        is_printing = run is not None and run.state == RunState.PRINTING and run.pk == self.taken_up
        if not is_printing or view is None or not view.is_free or self.failing or self.link.pending:
            self.over_since = None
        elif self.over_since is None:
            self.over_since = now
        elif now - self.over_since > FOREIGN_SECONDS:
            self.over_since = None
            self._take_up_run(view, now)

    def watch_start(self, now: float) -> None:
        """A start that was taken, perhaps, and never happens. Time counts from when the printer could be watched."""
        run, view = self.run, self.link.view
        if run is None or run.state != RunState.SENT or run.is_by_hand or view is None or not view.is_free:
            return
        if self.failing:
            return
        seen_all = self.published_on is self.link.connection
        since_sent = (timezone.now() - run.sent_at).total_seconds() if run.sent_at else 0.0
        watched = min(since_sent, now - self.link.up_since)
        is_ours = self.shows_ours(view)
        models = {view.model, model_of(self.link.printer.serial_number)}
        limit = SLOW_START_SECONDS if models & SLOW_TO_START else START_SECONDS
        limit += LATE_START_SECONDS if is_ours else 0.0
        if not seen_all and since_sent > limit and self._was_printed_unseen(view):
            self._begin_run()  # nobody was there to see it
            self._take_up_run(view, now)
        elif watched > limit:
            self.link.asked.start_ended(CommandState.LOST, NEVER_STARTED)
            self.end(run_not_started, reason=NEVER_STARTED)
            self.given_up = run

    def _was_printed_unseen(self, view: PrinterView) -> bool:
        """By our number alone, as the print before may have been another copy; and what the printer shows must be new
        since it was last seen free: it may have taken the number, and never begun."""
        if view.gcode_state == "IDLE" or not self._is_our_number(view.subtask_id, view.task_id):
            return False
        last = self.last_free
        return last is None or (view.gcode_state, _identity(view)) != (last.gcode_state, _identity(last))

    def _begin_run_if_sent(self) -> None:
        if self.run is not None and self.run.state == RunState.SENT:
            self._begin_run()

    def _begin_run(self) -> None:
        if self.run is not None:
            self.run.state, self.taken_up = RunState.PRINTING, self.run.pk
            self.link.asked.start_ended(CommandState.CONFIRMED)
            self.link.desk.decide(self.link, run_started, run_id=self.run.pk)

    def end(self, decision: Callable[..., Any], **about: Any) -> None:
        if self.run is not None:
            run = self.run
            self.forget()
            self.failing = [entry for entry in self.failing if entry[2] != run.pk]
            self.link.desk.decide(self.link, decision, run_id=run.pk, **about)

    def replaced(self, run: Run | None) -> None:
        """Somebody else has ended the run, as its owner does with one of a printer that does not answer."""
        if self.run is not None and self.run.state == RunState.SENT and not self.run.is_by_hand:
            self.given_up = self.run
        self.forget(run)

    def forget(self, run: Run | None = None) -> None:
        """What was known of the run; the printer's next one is `run`."""
        self.run, self.before_start, self.last_free, self.published_on = run, None, None, None

    def _tell_progress(self, view: PrinterView, now: float) -> None:
        told_at, told = self.progressed
        figures = (view.progress, view.layer, view.total_layers)
        if self.run is not None and figures != told and now - told_at >= BETWEEN_PROGRESS:
            self.progressed = (now, figures)
            self._progress(*figures)

    def _keep_last_layer(self) -> None:
        """As the printer may still show it of a print whose end nobody saw."""
        told = as_object(self.link.state.get("print"))
        layer, total = (
            within(told.get("layer_num"), 1, MOST_LAYERS),
            within(told.get("total_layer_num"), 1, MOST_LAYERS),
        )
        if self.run is not None and layer is not None and total is not None and layer <= total:
            about = {"run_id": self.run.pk, "layer": layer, "total_layers": total}
            self.link.desk.decide(self.link, run_seen_ended, **about)

    def _keep_progress(self, change: Change) -> None:
        """As it was before the printer set its figures back: by them the filament is counted."""
        if not change.was_preparing:
            self._progress(change.progress, change.layer, change.total_layers)

    def _progress(self, progress: int | None, layer: int | None, total_layers: int | None) -> None:
        if self.run is not None and any((progress, layer, total_layers)):
            self.link.desk.decide(
                self.link,
                run_progressed,
                run_id=self.run.pk,
                progress=progress,
                layer=layer,
                total_layers=total_layers,
            )


NOBODY: Final = ("", "", "")


def _identity(view: PrinterView) -> tuple[str, str, str]:
    return view.subtask_id, view.task_id, view.last_job
