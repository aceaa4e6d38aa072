"""What answers without a page: many photos at once, on one machine or many."""
