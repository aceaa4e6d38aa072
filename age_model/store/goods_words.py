"""What restricted goods a category or product is, guessed from its words; somebody confirms it."""

import re

from age_model.i18n.message import mark

ALCOHOL, TOBACCO, ENERGY = mark("Alcohol"), mark("Tobacco"), mark("Energy drinks")

# Whole words with their endings: the Russian stem of "wine" is in grapes, pork and vinaigrette too.
_WORDS = {
    ALCOHOL: r"""
        alcohol\w* | spirits? | liquors? | liqueurs? | beers? | lager | ale | stout | cider | wines?
        | vodka | whisk(?:e?y|ies) | cognac | brandy | rum | gin | tequila | vermouth | champagne
        | prosecco
        | алког\w* | алк | слабоалк\w* | спиртн\w+ | пив[оау] | пивн\w+ | сидр[аы]? | медовух[аи]
        | эл[ья] | стаут | вин[оа] | вин(?=\s*$) | винн\w+\s+(?:напит\w+|изделия) | водк[аи]
        | водочн\w+ | виски | коньяк[аи]? | коньячн\w+ | бренди | ром | джин | текил[аы] | вермут\w*
        | шампанск\w+ | игрист\w+ | портвейн\w* | лик[её]р\w* | настойк[аи] | наливк[аи]""",
    TOBACCO: r"""
        tobacco | cigar\w* | nicotine | vapes?
        | таба[кч]\w* | сигар\w* | папирос\w* | никотин\w* | вейп\w* | стики""",
    ENERGY: r"energy(?:\s+drinks?)? | энергет\w+ | энергетик\w*",
}
_FOUND = {
    goods: re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE | re.VERBOSE)
    for goods, words in _WORDS.items()
}
_NO_ALCOHOL = re.compile(
    r"""безалк\w* | без\s+алк\w* | \bб/а\b | non.?alcoholic | alcohol.?free | уксус | vinegar
    | \b(?:к|для|под)\s+(?:пив|вин|коньяк|шампан)\w+ | \bfor\s+(?:beer|wine) | бокал | glass
    | штопор | \bginger\s+(?:ale|beer)""",
    re.IGNORECASE | re.VERBOSE,
)


def restricted_kind(name: str) -> str | None:
    """Guess which of `ALCOHOL`, `TOBACCO` and `ENERGY` goods are, by words in English or Russian.

    >>> [restricted_kind(name) for name in ("Пиво", "Виноград", "Сигареты", "Energy drinks")]
    ['Alcohol', None, 'Tobacco', 'Energy drinks']
    """
    found = next((goods for goods, words in _FOUND.items() if words.search(name)), None)
    return None if found == ALCOHOL and _NO_ALCOHOL.search(name) else found


def is_alcohol(name: str) -> bool:
    """Guess whether a category or product is alcohol; see `restricted_kind`."""
    return restricted_kind(name) == ALCOHOL
