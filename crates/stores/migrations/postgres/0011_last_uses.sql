-- When a role was used last, beside the access keys: unique ids of both never meet.
ALTER TABLE access_key_uses RENAME TO last_uses;
