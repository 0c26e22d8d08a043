-- A determination names the version of the document that it read, so that it can be computed again.

create table determination (
  id text not null,
  household_id text not null,
  document_version bigint not null,
  county text not null,
  as_of text not null,
  known_at text not null,
  created_at text not null,
  corrects text,
  key_id text not null,
  ciphertext bytea not null,
  constraint determination_pk primary key (id),
  constraint determination_document_fk
    foreign key (household_id, document_version) references household_document (household_id, version),
  constraint determination_corrects_fk foreign key (corrects) references determination (id),
  constraint determination_corrects_check check (corrects <> id)
);

-- Lists the determinations of one household, and finds the one of the latest date without reading any.
create index determination_household_index on determination (household_id, as_of, id);

-- Finds what replaced a determination after a fact had changed.
create index determination_corrects_index on determination (corrects) where corrects is not null;

-- Reasons are derived when somebody first reads them, and kept from then on.
create table determination_reasons (
  determination_id text not null,
  county text not null,
  key_id text not null,
  ciphertext bytea not null,
  constraint determination_reasons_pk primary key (determination_id),
  constraint determination_reasons_determination_fk foreign key (determination_id) references determination (id)
);
