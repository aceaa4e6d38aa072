"""The goods of the demonstration store, and which ages like them."""

from typing import NamedTuple

import numpy as np

from age_model.i18n.message import mark


class Good(NamedTuple):
    """A product; its price is for a piece or a kilogram."""

    name: str
    category: str
    price: float
    popularity: float
    by_weight: bool = False


class Love(NamedTuple):
    """A product that buyers of some ages, first and last included, buy `times` as often."""

    product: str
    first_age: int
    last_age: int
    times: float


GOODS = (
    Good(mark("Rye bread"), mark("Bakery"), 48, 9),
    Good(mark("White loaf"), mark("Bakery"), 42, 8),
    Good(mark("Croissant"), mark("Bakery"), 75, 4),
    Good(mark("Poppy seed roll"), mark("Bakery"), 89, 3),
    Good(mark("Milk"), mark("Dairy"), 92, 10),
    Good(mark("Kefir"), mark("Dairy"), 88, 3),
    Good(mark("Yogurt"), mark("Dairy"), 54, 7),
    Good(mark("Cottage cheese"), mark("Dairy"), 129, 5),
    Good(mark("Hard cheese"), mark("Dairy"), 890, 4, True),
    Good(mark("Butter"), mark("Dairy"), 189, 5),
    Good(mark("Eggs"), mark("Dairy"), 119, 7),
    Good(mark("Bananas"), mark("Fruit and vegetables"), 139, 8, True),
    Good(mark("Apples"), mark("Fruit and vegetables"), 129, 7, True),
    Good(mark("Potatoes"), mark("Fruit and vegetables"), 49, 7, True),
    Good(mark("Tomatoes"), mark("Fruit and vegetables"), 219, 6, True),
    Good(mark("Cucumbers"), mark("Fruit and vegetables"), 169, 6, True),
    Good(mark("Onions"), mark("Fruit and vegetables"), 39, 5, True),
    Good(mark("Avocado"), mark("Fruit and vegetables"), 99, 3),
    Good(mark("Chicken fillet"), mark("Meat and fish"), 379, 6, True),
    Good(mark("Minced beef"), mark("Meat and fish"), 549, 4, True),
    Good(mark("Sausages"), mark("Meat and fish"), 289, 5),
    Good(mark("Salted herring"), mark("Meat and fish"), 249, 2),
    Good(mark("Salmon steak"), mark("Meat and fish"), 1490, 2, True),
    Good(mark("Buckwheat"), mark("Groceries"), 89, 4),
    Good(mark("Rice"), mark("Groceries"), 99, 4),
    Good(mark("Pasta"), mark("Groceries"), 79, 6),
    Good(mark("Sunflower oil"), mark("Groceries"), 139, 3),
    Good(mark("Sugar"), mark("Groceries"), 69, 3),
    Good(mark("Black tea"), mark("Groceries"), 159, 4),
    Good(mark("Ground coffee"), mark("Groceries"), 399, 4),
    Good(mark("Chocolate bar"), mark("Sweets and snacks"), 99, 6),
    Good(mark("Biscuits"), mark("Sweets and snacks"), 79, 5),
    Good(mark("Crisps"), mark("Sweets and snacks"), 119, 4),
    Good(mark("Ice cream"), mark("Sweets and snacks"), 89, 4),
    Good(mark("Mineral water"), mark("Drinks"), 59, 7),
    Good(mark("Orange juice"), mark("Drinks"), 149, 4),
    Good(mark("Cola"), mark("Drinks"), 109, 4),
    Good(mark("Energy drink"), mark("Drinks"), 119, 2),
    Good(mark("Pelmeni"), mark("Frozen food"), 349, 4),
    Good(mark("Frozen pizza"), mark("Frozen food"), 329, 3),
    Good(mark("Frozen berries"), mark("Frozen food"), 259, 2),
    Good(mark("Baby puree"), mark("Children's goods"), 69, 2),
    Good(mark("Nappies"), mark("Children's goods"), 1190, 1),
    Good(mark("Washing powder"), mark("Household"), 449, 2),
    Good(mark("Washing-up liquid"), mark("Household"), 139, 2),
    Good(mark("Paper towels"), mark("Household"), 119, 3),
    Good(mark("Toothpaste"), mark("Household"), 159, 2),
    Good(mark("Cat food"), mark("Household"), 39, 3),
    Good(mark("Lager"), mark("Alcohol"), 89, 0),
    Good(mark("Wheat beer"), mark("Alcohol"), 129, 0),
    Good(mark("Red wine"), mark("Alcohol"), 690, 0),
    Good(mark("White wine"), mark("Alcohol"), 650, 0),
    Good(mark("Sparkling wine"), mark("Alcohol"), 590, 0),
    Good(mark("Vodka"), mark("Alcohol"), 490, 0),
)
ALCOHOL = np.array([i for i, good in enumerate(GOODS) if good.category == "Alcohol"])
LOVED = (
    Love("Energy drink", 18, 24, 4.0),
    Love("Baby puree", 25, 34, 4.0),
    Love("Kefir", 65, 90, 4.0),
)


def taste(ages: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a product for each of `ages`, years: an index into `GOODS`, without alcohol."""
    popularity = np.array([good.popularity for good in GOODS], dtype=float)
    names = [good.name for good in GOODS]
    products = rng.choice(len(GOODS), len(ages), p=popularity / popularity.sum())
    for love in LOVED:  # nobody is in two of these groups
        fond = np.flatnonzero((ages >= love.first_age) & (ages <= love.last_age))
        theirs = popularity.copy()
        theirs[names.index(love.product)] *= love.times
        products[fond] = rng.choice(len(GOODS), len(fond), p=theirs / theirs.sum())
    return products
