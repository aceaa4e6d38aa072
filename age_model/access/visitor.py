"""A visitor with roles, and what of the store's record she may read."""

from collections.abc import Iterable
from dataclasses import dataclass

from age_model.access.rights import RIGHTS, Action, Role
from age_model.i18n.message import Sentence


class AccessDenied(Exception):
    """A visitor may not do something; the message is a `Sentence`."""


@dataclass(frozen=True)
class Scope:
    """What of the record may be read: reading functions take one, and have no default for it.

    Attributes:
        stores: names of the stores; None for all.
        cashiers: the stores whose cashiers' names may be read too; None for all.
    """

    stores: frozenset[str] | None
    cashiers: frozenset[str] | None

    def narrowed(self, stores: Iterable[str]) -> "Scope":
        """Return the part of the scope in some stores; it never gets wider."""
        return Scope(_both(self.stores, frozenset(stores)), self.cashiers)

    def includes(self, store: str) -> bool:
        """Tell whether a store may be read."""
        return self.stores is None or store in self.stores


EVERYTHING = Scope(None, None)  # for commands and programs, which no visitor reaches


@dataclass(frozen=True)
class Grant:
    """A role in some stores; `stores` is None for all."""

    role: Role
    stores: frozenset[str] | None


@dataclass(frozen=True)
class Visitor:
    """Who uses a page.

    Attributes:
        name: e-mail address, or what else the sign-in tells; "" in open mode.
        grants: the roles, each with its stores; none for a stranger.
    """

    name: str
    grants: frozenset[Grant] = frozenset()

    @classmethod
    def of(cls, name: str, roles: Iterable[Role], stores: Iterable[str] | None) -> "Visitor":
        """Return a visitor with the same stores in all roles; None for all stores."""
        names = None if stores is None else frozenset(stores)
        return cls(name, frozenset(Grant(role, names) for role in roles))

    def may(self, action: Action, store: str | None = None) -> bool:
        """Return whether the visitor may do something, in a certain store or in any.

        >>> olga = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])
        >>> olga.may(Action.IMPORT), olga.may(Action.IMPORT, "South"), olga.may(Action.USE_TILL)
        (True, False, False)
        """
        return any(
            store is None or grant.stores is None or store in grant.stores
            for grant in self._grants(action)
        )

    def check(self, action: Action, store: str | None = None) -> None:
        """Check that the visitor may do something, in a certain store or in any.

        Raises:
            AccessDenied: she may not.
        """
        if self.may(action, store):
            return
        if store is not None and self.may(action):
            raise AccessDenied(Sentence("You have no rights in the store {store}.", store=store))
        raise AccessDenied(Sentence("Your role does not include this. Ask the administrator."))

    def scope(self, action: Action) -> Scope:
        """Return what of the record the visitor may read for some purpose; perhaps nothing.

        >>> Visitor.of("", [Role.ANALYST], None).scope(Action.SEE_PURCHASES)
        Scope(stores=None, cashiers=frozenset())
        """
        return Scope(self._stores(action), self._stores(Action.SEE_CASHIERS))

    def _grants(self, action: Action) -> list[Grant]:
        return [grant for grant in self.grants if grant.role in RIGHTS[action].roles]

    def _stores(self, action: Action) -> frozenset[str] | None:
        stores: frozenset[str] | None = frozenset()
        for grant in self._grants(action):
            stores = None if stores is None or grant.stores is None else stores | grant.stores
        return stores


ANYBODY = Visitor.of("", [Role.ADMIN], None)  # in open mode
NOBODY = Visitor("")  # who has not signed in


def _both(some: frozenset[str] | None, others: frozenset[str]) -> frozenset[str]:
    return others if some is None else some & others
