"""A store's tills: which devices they are, who serves at them, and by what rule they ask for ID."""
