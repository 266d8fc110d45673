"""From irradiation to an installation: modules, yield, uncertainty, suitability."""
