"""The pages of the web app, one a file, and the parts that they share."""
