"""Scripts for people who carry on with the project."""
