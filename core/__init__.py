"""What every app builds on: shared parts of the API, model columns, fast reads, HTTP middleware, encryption."""
