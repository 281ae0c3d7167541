"""What every app stands on and no app is: the API's shared parts, columns, fast reads, HTTP, encryption."""
