"""Everything that makes reads fast. The README beside this file says what each layer saves."""
