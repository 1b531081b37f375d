"""What is written down for the auditors: by whom, from where, what was done to what, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.access import WHOLE_CITY, Role, Scope, Subject


class Action(StrEnum):
    """What was done, or tried: `resource:verb`. Steps of an event stand in its own history, which is append-only."""

    SESSION_OPEN = "session:open"
    SESSION_CLOSE = "session:close"
    SESSION_REFUSED = "session:refused"
    """A sign-in that failed: password, lock-out, a person the single sign-on does not vouch for."""
    ACCESS_UNKNOWN = "access:unknown"
    """A credential that is unknown, over or revoked, or none at all."""
    ACCESS_REFUSED = "access:refused"
    """Somebody known asked for what the role or the scope does not allow."""
    EXPORT_READ = "export:read"
    """Twice per file: when it begins, and when it ends with the number of rows."""
    ACCOUNT_CREATE = "account:create"
    ACCOUNT_CHANGE = "account:change"
    ACCOUNT_DISABLE = "account:disable"
    ACCOUNT_ENABLE = "account:enable"
    ACCOUNT_UNLOCK = "account:unlock"
    ACCOUNT_PASSWORD = "account:password"  # noqa: S105 - the name of an action
    CREDENTIAL_ISSUE = "credential:issue"
    CREDENTIAL_REVOKE = "credential:revoke"
    CREDENTIAL_PUT_OFF = "credential:put_off"
    """The key of a source that floods the broker is not let in there for a while."""
    CREDENTIAL_LET_IN = "credential:let_in"
    """The flood is over."""
    REJECT_SHOW = "reject:show"
    """A refused message was shown with the personal data in it."""
    REJECT_REPLAY = "reject:replay"
    REJECT_CLOSE = "reject:close"
    EVIDENCE_ADD = "evidence:add"
    """A photo or file was sent for a case."""
    CASE_ACT = "case:act"
    """An act on a case that is handled here: dispatched, signed for, closed; whole in the history of the case."""
    SHIFT_OFFER = "shift:offer"
    SHIFT_ACCEPT = "shift:accept"
    SHIFT_REFUSE = "shift:refuse"
    SHIFT_WITHDRAW = "shift:withdraw"
    MODE_START = "mode:start"
    """The city or a district works under something else than before, or plays that it does."""
    MODE_PROLONG = "mode:prolong"
    MODE_END = "mode:end"
    ROSTER_IMPORT = "roster:import"
    WALL_PUSH = "wall:push"
    """A scene was sent to a wall."""
    WALL_RELEASE = "wall:release"
    FILTER_SAVE = "filter:save"
    """Somebody keeps a filter of cases under a name of their own."""
    FILTER_REMOVE = "filter:remove"
    FORM_SUBMIT = "form:submit"
    """A sheet was handed to the reviewer."""
    FORM_RETURN = "form:return"
    FORM_APPROVE = "form:approve"
    """What a sheet says was put in force, as values of its indicators."""
    FORM_IMPORT = "form:import"
    """Cells of sheets were taken from a file."""
    REPORT_MAKE = "report:make"
    """A report of a closed period was kept; a correction of one is a further edition."""
    VIEW_SAVE = "view:save"
    """Somebody keeps a question of the data page under a name of their own."""
    VIEW_CHANGE = "view:change"
    VIEW_REMOVE = "view:remove"
    BACKUP_MAKE = "backup:make"
    """A copy of everything, personal data too; twice: when it begins and when it ends."""
    BACKUP_RESTORE = "backup:restore"
    DEVICE_IMPORT = "device:import"
    CHANNEL_IMPORT = "channel:import"
    CHANNEL_PLANS = "channel:plans"
    """Other plans of video were put in force."""
    CHANNEL_OPEN = "channel:open"
    """Somebody looked at what a camera shows; the reason stands in the detail."""
    CALENDAR_IMPORT = "calendar:import"
    CORRECTION_ADD = "correction:add"
    """From now on something else is shown than what a source says."""
    CORRECTION_STEP = "correction:step"
    RESOURCE_IMPORT = "resource:import"
    """Datasets of the sharing platform were registered, or who answers for data."""
    STANDARD_IMPORT = "standard:import"
    """Other case standards were put in force."""
    WORKER_RETIRE = "worker:retire"
    ALARM_RULES_IMPORT = "alarm_rules:import"
    ALARM_ACKNOWLEDGE = "alarm:acknowledge"
    ALARM_SHELVE = "alarm:shelve"
    ALARM_UNSHELVE = "alarm:unshelve"
    ALARM_RESET = "alarm:reset"
    ALARM_COMMENT = "alarm:comment"
    ALARM_SYMPTOM = "alarm:symptom"
    ALARM_SILENCE = "alarm:silence"
    ALARM_OUT_OF_SERVICE = "alarm:out_of_service"
    ALARM_UNQUIET = "alarm:unquiet"
    """A silence, or a device's time out of service, was ended before its time."""


class AuditOutcome(StrEnum):
    """How it ended; `begun` is followed by one of the others, or the process was killed."""

    DONE = "done"
    REFUSED = "refused"
    BEGUN = "begun"
    BROKEN_OFF = "broken_off"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as far as known: `kind` is that of the credential, `command` for the command line."""

    name: str
    role: Role | None = None
    scope: Scope | None = None
    kind: str | None = None
    address: str | None = None
    request_id: str | None = None

    @classmethod
    def of(
        cls, subject: Subject, kind: str | None = None, address: str | None = None, request_id: str | None = None
    ) -> "Actor":
        """Return somebody whose credential is known."""
        return cls(subject.name, subject.role, subject.scope, kind, address, request_id)


NOBODY = "-"
"""Name of an actor who showed no credential that is known."""


COMMAND = "command"
"""Kind of an actor at the command line."""


def command_line(user: str) -> Actor:
    """Return whoever works at this machine under a user's name: no role of ours, everything is open to them."""
    return Actor(user, scope=WHOLE_CITY, kind=COMMAND)
