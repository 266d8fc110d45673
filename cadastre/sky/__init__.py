"""Astronomy and weather folded into a table of the sky; knows no roof."""
