"""The span of ages, for code that does without the network."""

MAX_AGE = 116  # years; the oldest label of UTKFace
AGE_BINS = MAX_AGE + 1  # one bin a year, bin i = age i
