"""The goods of the demonstration store, and which ages like them."""

from typing import NamedTuple

import numpy as np


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
    Good("Rye bread", "Bakery", 48, 9),
    Good("White loaf", "Bakery", 42, 8),
    Good("Croissant", "Bakery", 75, 4),
    Good("Poppy seed roll", "Bakery", 89, 3),
    Good("Milk", "Dairy", 92, 10),
    Good("Kefir", "Dairy", 88, 3),
    Good("Yogurt", "Dairy", 54, 7),
    Good("Cottage cheese", "Dairy", 129, 5),
    Good("Hard cheese", "Dairy", 890, 4, True),
    Good("Butter", "Dairy", 189, 5),
    Good("Eggs", "Dairy", 119, 7),
    Good("Bananas", "Fruit and vegetables", 139, 8, True),
    Good("Apples", "Fruit and vegetables", 129, 7, True),
    Good("Potatoes", "Fruit and vegetables", 49, 7, True),
    Good("Tomatoes", "Fruit and vegetables", 219, 6, True),
    Good("Cucumbers", "Fruit and vegetables", 169, 6, True),
    Good("Onions", "Fruit and vegetables", 39, 5, True),
    Good("Avocado", "Fruit and vegetables", 99, 3),
    Good("Chicken fillet", "Meat and fish", 379, 6, True),
    Good("Minced beef", "Meat and fish", 549, 4, True),
    Good("Sausages", "Meat and fish", 289, 5),
    Good("Salted herring", "Meat and fish", 249, 2),
    Good("Salmon steak", "Meat and fish", 1490, 2, True),
    Good("Buckwheat", "Groceries", 89, 4),
    Good("Rice", "Groceries", 99, 4),
    Good("Pasta", "Groceries", 79, 6),
    Good("Sunflower oil", "Groceries", 139, 3),
    Good("Sugar", "Groceries", 69, 3),
    Good("Black tea", "Groceries", 159, 4),
    Good("Ground coffee", "Groceries", 399, 4),
    Good("Chocolate bar", "Sweets and snacks", 99, 6),
    Good("Biscuits", "Sweets and snacks", 79, 5),
    Good("Crisps", "Sweets and snacks", 119, 4),
    Good("Ice cream", "Sweets and snacks", 89, 4),
    Good("Mineral water", "Drinks", 59, 7),
    Good("Orange juice", "Drinks", 149, 4),
    Good("Cola", "Drinks", 109, 4),
    Good("Energy drink", "Drinks", 119, 2),
    Good("Pelmeni", "Frozen food", 349, 4),
    Good("Frozen pizza", "Frozen food", 329, 3),
    Good("Frozen berries", "Frozen food", 259, 2),
    Good("Baby puree", "Children", 69, 2),
    Good("Nappies", "Children", 1190, 1),
    Good("Washing powder", "Household", 449, 2),
    Good("Washing-up liquid", "Household", 139, 2),
    Good("Paper towels", "Household", 119, 3),
    Good("Toothpaste", "Household", 159, 2),
    Good("Cat food", "Household", 39, 3),
    Good("Lager", "Alcohol", 89, 0),
    Good("Wheat beer", "Alcohol", 129, 0),
    Good("Red wine", "Alcohol", 690, 0),
    Good("White wine", "Alcohol", 650, 0),
    Good("Sparkling wine", "Alcohol", 590, 0),
    Good("Vodka", "Alcohol", 490, 0),
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
