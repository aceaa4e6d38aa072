"""One file a version of the tables; none changes once it was released."""
