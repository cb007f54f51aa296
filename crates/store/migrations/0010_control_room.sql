-- What the fleet of runs is filtered and counted by, each a part of the documents repeated: `agent` is the key or member
-- that started the run, `alerts` has one bit for every kind of alert that stands while the run has not ended (stuck 1,
-- looping 2, errors 4, budget_near 8, budget_spent 16, lost 32). An older run gets its agent with its next change.
ALTER TABLE runs ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN alerts BIGINT NOT NULL DEFAULT 0;
UPDATE runs SET alerts =
    (CASE WHEN state LIKE '%"cleared":null,"detail":"no step for%' THEN 1 ELSE 0 END)
    + (CASE WHEN state LIKE '%"cleared":null,"detail":"the same call%' THEN 2 ELSE 0 END)
    + (CASE WHEN state LIKE '%"cleared":null,"detail":"_ of the last __ steps failed%'
        OR state LIKE '%"cleared":null,"detail":"__ of the last __ steps failed%' THEN 4 ELSE 0 END)
    + (CASE WHEN state LIKE '%"cleared":null,"detail":"__ _ of the budget is spent%' THEN 8 ELSE 0 END)
    + (CASE WHEN state LIKE '%"cleared":null,"detail":"the budget is spent%' THEN 16 ELSE 0 END)
    + (CASE WHEN state LIKE '%"cleared":null,"detail":"its lease ran out%' THEN 32 ELSE 0 END)
    WHERE status NOT IN ('stopped', 'finished', 'failed');
CREATE INDEX runs_by_loop_status ON runs (loop_id, status, id);
CREATE INDEX runs_of_agent ON runs (space_id, agent, id);
CREATE INDEX runs_alerting ON runs (space_id, id) WHERE alerts <> 0;
-- Everything that the fleet is counted by, so that counting reads no document.
CREATE INDEX runs_to_count ON runs (space_id, loop_id, agent, status);
