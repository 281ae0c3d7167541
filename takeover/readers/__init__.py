"""What turns documents of v6 into rows: one module for each kind of objects."""
