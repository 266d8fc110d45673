"""Sums by commune, EPCI and whole, with checks that block."""
