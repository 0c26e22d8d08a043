-- The memory of a witness, a database of its own on a machine of its own: of each log the last checkpoint that it cosigned,
-- and the requests that may prove that a log has shown two faces.

create table witnessed (
  origin text not null,
  size bigint not null,
  root blob not null,
  note text not null,
  at text not null,
  constraint witnessed_pk primary key (origin),
  constraint witnessed_size_check check (size >= 0),
  constraint witnessed_root_check check (length(root) = 32)
);

create table evidence (
  origin text not null,
  digest text not null,
  kind text not null,
  held_size bigint not null,
  held_note text not null,
  request text not null,
  at text not null,
  constraint evidence_pk primary key (origin, digest)
);

-- A witness never goes back, whatever its program is told.
create trigger witnessed_update_refused
before update on witnessed
when new.origin is not old.origin or new.size < old.size or (new.size = old.size and new.root is not old.root)
begin
  select raise(abort, 'witnessed only grows');
end;

create trigger witnessed_delete_refused
before delete on witnessed
begin
  select raise(abort, 'witnessed only grows');
end;

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
