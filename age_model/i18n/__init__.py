"""The texts of the app: marked in the code, translated where they are shown."""
