-- A document is what was stated about a household, sealed by the kernel.
-- It is never updated: a correction is a further version.

create table household (
  id text not null,
  county text not null,
  created_at text not null,
  constraint household_pk primary key (id)
);

create table household_document (
  household_id text not null,
  version bigint not null,
  county text not null,
  received_at text not null,
  known_at text not null,
  key_id text not null,
  ciphertext blob not null,
  constraint household_document_pk primary key (household_id, version),
  constraint household_document_household_fk foreign key (household_id) references household (id),
  constraint household_document_version_check check (version >= 1)
);
