-- A memory belongs to one key: with an empty one, or another's, a witness would cosign any history. And a log may first be
-- suspected and then be convicted with the same note: both are kept.

create table witness_key (
  key text not null,
  made_at text not null,
  constraint witness_key_pk primary key (key)
);

-- One memory, one key.
create unique index witness_key_one on witness_key ((true));

create function refuse_another_key() returns trigger language plpgsql as $$
begin
  raise exception 'witness_key is written once';
end
$$;

create trigger witness_key_written_once
before update or delete or truncate on witness_key
for each statement execute function refuse_another_key();

alter table evidence drop constraint evidence_pk;
alter table evidence add constraint evidence_pk primary key (origin, digest, kind);
