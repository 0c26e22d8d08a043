-- Without an answer the first request is still under way, or was cut off.

create table idempotency_key (
  actor text not null,
  key text not null,
  county text not null,
  route text not null,
  request_digest text not null,
  created_at text not null,
  status bigint,
  key_id text,
  ciphertext blob,
  constraint idempotency_key_pk primary key (actor, key),
  constraint idempotency_key_answer_check
    check ((status is null) = (key_id is null) and (status is null) = (ciphertext is null))
);

-- Keys are forgotten by age.
create index idempotency_key_created_index on idempotency_key (created_at);
