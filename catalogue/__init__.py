"""The catalogue: all that is registered here. It has a revision, which any change to it moves on."""
