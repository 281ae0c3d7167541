"""The demo of an agent: two small images, made of programs of this machine, whose jobs it runs."""
