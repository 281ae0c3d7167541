"""The catalogue of what can go wrong with a job: built in, or declared by a manifest."""
