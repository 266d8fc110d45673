"""Pure geometry: the skyline of every sample; knows no weather."""
