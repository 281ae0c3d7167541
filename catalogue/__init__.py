"""The catalogue: everything that is registered. Any change to it advances its revision."""
