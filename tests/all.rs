//! All checks over the whole project: its shape, its words, its citations, and its promises end to end.

#[cfg(test)]
mod approvals;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod citations;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod export;
#[cfg(test)]
mod failed_commits;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod http;
#[cfg(test)]
mod hygiene;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod interleaved;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod money;
#[cfg(test)]
mod operations_page;
#[cfg(test)]
mod production;
#[cfg(test)]
mod reassess;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod residence;
#[cfg(test)]
mod rollback;
#[cfg(test)]
mod sabotage;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod telemetry;
#[cfg(test)]
mod verifiers;
#[cfg(test)]
mod walkthrough;
#[cfg(test)]
mod witness;
#[cfg(test)]
mod words;
