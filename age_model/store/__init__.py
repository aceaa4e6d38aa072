"""The store's record: visits with estimated ages, receipt lines and ID checks in a database."""
