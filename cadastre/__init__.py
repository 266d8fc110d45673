"""Open solar cadastre: photovoltaic potential of every roof plane of a territory.

Four floors, arrows only downwards (docs/architecture.md): ``cli`` > ``pipeline`` > rooms >
ground. No room imports another; the pipeline passes tables from room to room.
"""

__version__ = "0.1.0"
