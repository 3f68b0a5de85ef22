"""The desk without a face: it decides, remembers and acts; `api` is the door."""
