"""The prices held against tables, another library, longer arithmetic and recorded marks."""
