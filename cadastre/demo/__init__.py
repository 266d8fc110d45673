"""The demonstration quarter: a synthetic cité minière with exact truth of every roof plane."""
