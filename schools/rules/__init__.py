"""Rules of the calendar: school years, terms, half-terms and bank holidays. Pure."""
