"""Views of the engine as text blocks: one module per family of commands, no decisions, no queries."""
