"""How long the record keeps what, and what it keeps of one cashier."""
