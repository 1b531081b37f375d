"""The pages of the catalogue of indicators, and the catalogue as linked data."""
