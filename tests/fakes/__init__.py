"""Fakes of the outside doors, as strict as the real ones."""
