"""A building's heights become its planes."""
