"""The one table of what each role may do, and which pages it opens."""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a visitor is to the store; a visitor may have several."""

    CASHIER = "cashier"
    MANAGER = "manager"
    ANALYST = "analyst"
    ADMIN = "admin"


class Action(StrEnum):
    """Something that not everybody may do."""

    USE_TILL = "use the till"
    SEE_OVERVIEW = "see the overview of purchases and ID checks"
    SEE_PURCHASES = "see purchases"
    SEE_CHECKS = "see ID checks"
    SEE_CASHIERS = "see cashiers' names and figures"
    EXPORT = "export"
    IMPORT = "import"
    CHANGE_RULES = "change rules"
    PAIR_TILLS = "pair tills"
    MANAGE_CASHIERS = "manage cashiers"
    ESTIMATE = "estimate ages on photos"
    SEE_TEST_ERRORS = "see test errors"
    SEE_DATA = "see data sets"
    CORRECT_LABELS = "decide about doubtful photos"
    SEE_TRAINING = "see training runs"
    SEE_MODEL = "read about the model"
    OPEN_FOLDERS = "open folders of the server"
    SEE_AUDIT_LOG = "see the audit log"
    SET_RETENTION = "set retention"
    FORGET = "forget"


class Right(NamedTuple):
    """Who may do something.

    Attributes:
        roles: that may.
        pages: names of the pages that are for it; who may not does not have them.
    """

    roles: frozenset[Role]
    pages: tuple[str, ...] = ()


_TILL = frozenset({Role.CASHIER, Role.ADMIN})
_STORE = frozenset({Role.MANAGER, Role.ADMIN})
_MODEL = frozenset({Role.ANALYST, Role.ADMIN})
_OFFICE = _STORE | _MODEL
_ADMIN = frozenset({Role.ADMIN})

RIGHTS = {
    Action.USE_TILL: Right(_TILL, ("checkout",)),
    Action.SEE_OVERVIEW: Right(_STORE, ("overview",)),
    Action.SEE_PURCHASES: Right(_OFFICE, ("purchases",)),
    Action.SEE_CHECKS: Right(_STORE, ("alcohol",)),
    Action.SEE_CASHIERS: Right(_STORE),
    Action.EXPORT: Right(_OFFICE),
    Action.IMPORT: Right(_STORE, ("import_data",)),
    Action.CHANGE_RULES: Right(_STORE),
    Action.PAIR_TILLS: Right(_STORE, ("settings",)),
    Action.MANAGE_CASHIERS: Right(_STORE),
    Action.ESTIMATE: Right(_MODEL, ("photo", "webcam")),
    Action.SEE_TEST_ERRORS: Right(_MODEL, ("errors",)),
    Action.SEE_DATA: Right(_MODEL, ("data_set",)),
    Action.CORRECT_LABELS: Right(_MODEL),
    Action.SEE_TRAINING: Right(_MODEL, ("train",)),
    Action.SEE_MODEL: Right(_OFFICE, ("about",)),
    Action.OPEN_FOLDERS: Right(_MODEL),
    Action.SEE_AUDIT_LOG: Right(_ADMIN, ("audit_log",)),
    Action.SET_RETENTION: Right(_ADMIN),
    Action.FORGET: Right(_ADMIN),
}


def action_of(page: str) -> Action:
    """Return what a page is for.

    Args:
        page: its name, that of its folder, such as "purchases".

    Raises:
        KeyError: no page of `RIGHTS` has this name.
    """
    return {page: action for action, right in RIGHTS.items() for page in right.pages}[page]
