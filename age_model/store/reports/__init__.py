"""The overview of a store in words, on a page to print and in Excel."""
