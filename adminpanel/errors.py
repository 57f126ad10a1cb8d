"""What the admin panel refuses."""

from config.core.errors import Conflict, Denied


class OnOneself(Denied):
    """Nobody verifies, activates or deactivates himself."""

    code = "on_oneself"
    message = "You cannot do this to your own account."


class AboveActor(Denied):
    code = "above_actor"
    message = "You cannot do this to somebody above you."


class AppendOnly(Conflict):
    """The audit trail is only added to."""

    code = "append_only"
    message = "Audit entries are neither changed nor deleted."
