"""Readers and the only network: foreign formats become our names here, once."""
