-- A document is what was stated about a household or a person, sealed by the kernel.
-- It is never updated: a correction is a further version.

create table household (
  id text not null,
  county text not null,
  division text not null,
  created_at text not null,
  ended_at text,
  constraint household_pk primary key (id)
);

-- Finds the households of a township or a village.
create index household_division_index on household (division, id);

create table household_document (
  household_id text not null,
  version bigint not null,
  county text not null,
  received_at text not null,
  known_at text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint household_document_pk primary key (household_id, version),
  constraint household_document_household_fk foreign key (household_id) references household (id),
  constraint household_document_version_check check (version >= 1)
);

-- A record that was found to be of the same person points to the one that remains.
create table person (
  id text not null,
  county text not null,
  created_at text not null,
  merged_into text,
  constraint person_pk primary key (id),
  constraint person_merged_fk foreign key (merged_into) references person (id),
  constraint person_merged_check check (merged_into <> id)
);

-- The household with which it was stated comes first in the key: a province is read in one pass, household by household.
create table person_document (
  household_id text not null,
  person_id text not null,
  version bigint not null,
  county text not null,
  received_at text not null,
  known_at text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint person_document_pk primary key (household_id, person_id, version),
  constraint person_document_version_unique unique (person_id, version),
  constraint person_document_household_fk foreign key (household_id) references household (id),
  constraint person_document_person_fk foreign key (person_id) references person (id),
  constraint person_document_version_check check (version >= 1)
);

-- Who belongs where: an index over what the documents say, with dates as they are understood now.
create table membership (
  person_id text not null,
  household_id text not null,
  county text not null,
  joined_on text not null,
  left_on text,
  constraint membership_pk primary key (person_id, household_id, joined_on),
  constraint membership_person_fk foreign key (person_id) references person (id),
  constraint membership_household_fk foreign key (household_id) references household (id),
  constraint membership_dates_check check (joined_on <= left_on)
);

-- One household at a time.
create unique index membership_current_unique on membership (person_id) where left_on is null;

-- Lists the members of one household.
create index membership_household_index on membership (household_id, person_id);

-- One document number is one person's, in every county. The token is a keyed digest of the number.
create table person_identity (
  token bytea not null,
  person_id text not null,
  county text not null,
  constraint person_identity_pk primary key (token),
  -- Checked at the commit: a number is claimed first, the rows of all acts of a commit follow together.
  constraint person_identity_person_fk foreign key (person_id) references person (id) deferrable initially deferred
);

-- Lists the tokens of one person.
create index person_identity_person_index on person_identity (person_id);

-- A blind index: keyed digests of what a person can be searched by. It is made anew from the documents, so it
-- refers to nothing.
create table person_term (
  county text not null,
  token bytea not null,
  person_id text not null,
  household_id text not null,
  constraint person_term_pk primary key (county, token, person_id)
);

-- Forgets the terms of one person.
create index person_term_person_index on person_term (person_id);
