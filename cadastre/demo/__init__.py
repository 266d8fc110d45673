"""Fictitious inputs with exact truth: the demonstration quarter, and a territory to measure on.

Everything a person could take for a real place (names, codes, addresses) is invented and says so.
The room knows no other room: it writes files of the kind ``sources`` reads.
"""
