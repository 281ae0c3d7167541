"""Recipe types: which job types work together, kept up to date."""
