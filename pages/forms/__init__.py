"""The forms of the pages that are made of what is stored."""
