"""The customer's side of the map: stages, stakeholders, solutions, verticals, kinds, synonyms."""
