"""The errors with which jobs fail: built in, or declared by a manifest."""
