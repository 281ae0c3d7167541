"""The pages for people: what the API shows and does, as HTML."""
