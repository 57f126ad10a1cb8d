"""What the admin panel refuses."""

from config.core.errors import Conflict, Denied


class OnOneself(Denied):
    """Nobody verifies, activates, deactivates, promotes or demotes himself."""

    code = "on_oneself"
    message = "You cannot do this to your own account."


class AboveActor(Denied):
    code = "above_actor"
    message = "You cannot do this to somebody above you."


class LastSuperuser(Denied):
    """Two superusers may try to shut out each other; one of them stays."""

    code = "last_superuser"
    message = "This is the last active superuser."


class AppendOnly(Conflict):
    """The audit trail is only added to."""

    code = "append_only"
    message = "Audit entries are neither changed nor deleted."
