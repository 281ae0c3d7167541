"""The settings: `base` reads the environment, `embedded` and `production` say what may be left out."""
