"""Sky and skyline joined: what reaches a plane, by year, month or hour."""
