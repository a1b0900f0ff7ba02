-- The desk finds the holders of a name at its own bank without reading every account.
CREATE INDEX customer_account_named ON party.customer_account (institution_id, name_blind);
