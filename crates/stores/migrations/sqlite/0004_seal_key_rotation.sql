-- From when on sessions are sealed with the key (microseconds): not before every server has it.
ALTER TABLE seal_keys ADD COLUMN usable_from INTEGER NOT NULL DEFAULT 0;
UPDATE seal_keys SET usable_from = created_at;
