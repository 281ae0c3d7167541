"""Everything that makes reads fast. README.md in this folder says what each layer saves."""
