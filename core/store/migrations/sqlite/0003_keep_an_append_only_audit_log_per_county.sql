-- The number of a leaf is its place in the Merkle tree: gapless from 0, so no sequence of the database makes it.

create table audit_leaf (
  county text not null,
  seq bigint not null,
  subject text not null,
  leaf text not null,
  leaf_hash blob not null,
  constraint audit_leaf_pk primary key (county, seq),
  constraint audit_leaf_seq_check check (seq >= 0),
  constraint audit_leaf_hash_check check (length(leaf_hash) = 32)
);

-- Finds what happened to one household or determination.
create index audit_leaf_subject_index on audit_leaf (subject);

create table audit_head (
  county text not null,
  size bigint not null,
  root blob not null,
  at text not null,
  constraint audit_head_pk primary key (county, size),
  constraint audit_head_size_check check (size >= 1),
  constraint audit_head_root_check check (length(root) = 32)
);

-- Against mistakes, not against a database administrator: that one is found by the tree and the heads kept outside.
create trigger audit_leaf_update_refused
before update on audit_leaf
begin
  select raise(abort, 'audit_leaf is append-only');
end;

create trigger audit_leaf_delete_refused
before delete on audit_leaf
begin
  select raise(abort, 'audit_leaf is append-only');
end;

create trigger audit_head_update_refused
before update on audit_head
begin
  select raise(abort, 'audit_head is append-only');
end;

create trigger audit_head_delete_refused
before delete on audit_head
begin
  select raise(abort, 'audit_head is append-only');
end;
