-- What an approved change still has to bring about: the determinations that it touches are not stored anew yet. The row comes
-- in the transaction of the approval and goes in the one that stores them, so whatever is cut off in between is found again.
-- What the change touches is sealed: the name of a fact may tell of an illness.

create table recomputation_due (
  change_request_id text not null,
  household_id text not null,
  county text not null,
  actor text not null,
  answer_key text not null,
  due_since text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint recomputation_due_pk primary key (change_request_id),
  constraint recomputation_due_change_fk foreign key (change_request_id) references change_request (id),
  constraint recomputation_due_household_fk foreign key (household_id) references household (id)
);

-- Says whether anything is due for a household, which is not erased before.
create index recomputation_due_household_index on recomputation_due (household_id);
