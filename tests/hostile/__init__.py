"""What a stranger could send, made up from seeds: nothing of it may end in a traceback."""
