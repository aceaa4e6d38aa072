"""The page At the till."""
