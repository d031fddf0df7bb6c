"""The shape of the records: one pydantic model per kind of record, every field with its unit in the name.

The JSON Schemas for editors are exported from here; `topology.load` fills these models and reports what does not fit.
"""
