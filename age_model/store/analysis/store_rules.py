"""Whom each of several stores asks for ID."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from age_model.predict.id_rule import AskRule


@dataclass(frozen=True)
class StoreRules:
    """The rule of each store, by which its own buyers are judged.

    Attributes:
        usual: the rule of stores that have none of their own.
        own: the rules of the others, by the name of the store.
    """

    usual: AskRule
    own: Mapping[str, AskRule] = field(default_factory=dict)

    def of(self, store: str) -> AskRule:
        """Return the rule of a store."""
        return self.own.get(store, self.usual)

    def among(self, stores: Iterable[str]) -> "AskRule | StoreRules":
        """Return the rule that some stores have in common, or the rules of these where they differ.

        >>> rules = StoreRules(AskRule(22), {"North": AskRule(25)})
        >>> rules.among(["South", "West"])
        AskRule(challenge_age=22, likelihood=1.0)
        """
        own = {store: self.of(store) for store in stores}
        if len(set(own.values())) > 1:
            return StoreRules(self.usual, own)
        return next(iter(own.values()), self.usual)

    def by_rule(self) -> dict[AskRule, list[str]]:
        """Return the stores of each of the own rules, the lowest challenge age first."""
        stores: dict[AskRule, list[str]] = {}
        for store, rule in self.own.items():
            stores.setdefault(rule, []).append(store)
        return dict(sorted(stores.items(), key=lambda item: item[0].challenge_age))

    @property
    def strictest(self) -> AskRule:
        """One rule that asks everybody whom one of the own rules asks."""
        return AskRule(
            max(rule.challenge_age for rule in self.own.values()),
            min(rule.likelihood for rule in self.own.values()),
        )

    def finds_young(self, table: pd.DataFrame) -> np.ndarray:
        """Return who meets a condition of the rule of the store that he or she bought in.

        Args:
            table: as for `AskRule.finds_young`, and `store`; N rows.

        Returns:
            bool, shape (N,).
        """
        found = self.usual.finds_young(table)
        for store, rule in self.own.items():
            there = (table["store"] == store).to_numpy()
            found[there] = rule.finds_young(table[there])
        return found
