"""Calculate school years, terms, half-terms and bank holidays, without a database or clock."""
