-- What desks look for: open runs of a bank by when they are due, and all runs of a bank by when they began.
CREATE INDEX run_due ON services.run
  (institution_id, (coalesce(facts->>'stage_due_at', facts->>'due_at', '') COLLATE "C"), id) WHERE closed_at IS NULL;
CREATE INDEX run_began ON services.run (institution_id, began_at);
