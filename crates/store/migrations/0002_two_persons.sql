-- A version that widens what the machine may do is proposed by one person and published by another.
ALTER TABLE loop_versions ADD COLUMN proposed_by BLOB;
