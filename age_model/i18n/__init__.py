"""The words of the app: marked in the code, translated where somebody reads."""
