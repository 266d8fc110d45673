"""The only place that knows the order, the disks and the tiles."""
