-- A memory belongs to one key: with an empty one, or another's, a witness would cosign any history. And a log may first be
-- suspected and then be convicted with the same note: both are kept.

create table witness_key (
  key text not null,
  made_at text not null,
  constraint witness_key_pk primary key (key)
);

-- One memory, one key.
create unique index witness_key_one on witness_key ((1));

create trigger witness_key_update_refused
before update on witness_key
begin
  select raise(abort, 'witness_key is written once');
end;

create trigger witness_key_delete_refused
before delete on witness_key
begin
  select raise(abort, 'witness_key is written once');
end;

-- SQLite changes no primary key in place.
alter table evidence rename to evidence_of_one_kind;

create table evidence (
  origin text not null,
  digest text not null,
  kind text not null,
  held_size bigint not null,
  held_note text not null,
  request text not null,
  at text not null,
  constraint evidence_pk primary key (origin, digest, kind)
);

insert into evidence (origin, digest, kind, held_size, held_note, request, at)
select origin, digest, kind, held_size, held_note, request, at
from evidence_of_one_kind;

drop table evidence_of_one_kind;

create trigger evidence_update_refused
before update on evidence
begin
  select raise(abort, 'evidence is append-only');
end;

create trigger evidence_delete_refused
before delete on evidence
begin
  select raise(abort, 'evidence is append-only');
end;
