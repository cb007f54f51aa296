-- What waits counts against a limit however long it has waited, so it is summed without its age.
CREATE INDEX limit_uses_reserved ON limit_uses (loop_id, name, key, amount) WHERE counted = 0;
