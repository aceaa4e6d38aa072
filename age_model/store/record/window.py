"""Which part of a record is asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from age_model.access.visitor import Scope

DAY = timedelta(days=1)  # a visit just before midnight may have its receipt on the next day


@dataclass(frozen=True)
class Window:
    """What is asked for: moments from start to end, which is exclusive; None: no limit."""

    scope: Scope
    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of_days(cls, scope: Scope, first: date, last: date) -> "Window":
        """Return a window of some days; both ends count."""
        return cls(scope, datetime.combine(first, time()), datetime.combine(last + DAY, time()))

    def months(self, around: timedelta = timedelta(0)) -> tuple[str, str]:
        """Return the first and last month, with something around."""
        first = "" if self.start is None else f"{self.start - around:%Y-%m}"
        last = "9" if self.end is None else f"{self.end - timedelta.resolution + around:%Y-%m}"
        return first, last
