"""What tills are called."""

from age_model.i18n.translate import tr


def says_till(name: str) -> bool:
    """Return whether a till's name itself says that it is one, in the reader's language.

    >>> says_till("Till 3"), says_till("3")
    (True, False)
    """
    return name.casefold().startswith(tr("Till").casefold())
