"""The face of the desk: it shows, asks and hands on what a person says; it decides nothing."""
