"""What the pages show: typed rows, read through the selectors of the apps."""
