//! How far people agree beyond chance, computed from triples (unit, person, value).
