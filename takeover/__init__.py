"""Moving house: a live Scale is copied over HTTP, and compared with what was made of it."""
