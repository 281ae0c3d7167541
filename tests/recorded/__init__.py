"""What a live Scale 7 showed and took, replayed against this service."""
