"""Everything the program says in French; the only place, with ``text=`` of the dictionaries."""
