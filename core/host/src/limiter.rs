//! Memory and tables of one store, in sum: wasmtime's own limits count each memory alone and no table at all.

use std::fmt;

use wasmtime::{Error, ResourceLimiter, Result};

use crate::limits::Limits;

/// Growth that was refused. It ends the call, so that a guest cannot go on with half of what it wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Denied {
    pub(crate) what: Memory,
    pub(crate) wanted: usize,
    pub(crate) limit: usize,
}

/// What can grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Bytes of linear memory.
    Bytes,
    /// Elements of tables.
    TableElements,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} wanted of {}", self.wanted, self.limit)
    }
}

impl std::error::Error for Denied {}

/// What a store has and may have.
pub(crate) struct Limiter {
    memory_bytes: Gauge,
    table_elements: Gauge,
    memories: usize,
    core_instances: usize,
}

struct Gauge {
    what: Memory,
    used: usize,
    limit: usize,
}

impl Gauge {
    fn grow(&mut self, current: usize, desired: usize) -> Result<bool> {
        let wanted = self.used.saturating_sub(current).saturating_add(desired);
        if wanted > self.limit {
            return Err(Error::new(Denied { what: self.what, wanted, limit: self.limit }));
        }
        self.used = wanted;
        Ok(true)
    }

    fn refused(&self) -> Result<()> {
        Err(Error::new(Denied { what: self.what, wanted: self.used, limit: self.limit }))
    }
}

impl Limiter {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: Gauge { what: Memory::Bytes, used: 0, limit: limits.memory_bytes },
            table_elements: Gauge { what: Memory::TableElements, used: 0, limit: limits.table_elements },
            memories: limits.memories,
            core_instances: limits.core_instances,
        }
    }

    /// Linear memory in use.
    pub(crate) const fn used_bytes(&self) -> usize {
        self.memory_bytes.used
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        self.memory_bytes.grow(current, desired)
    }

    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        self.memory_bytes.refused()
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        self.table_elements.grow(current, desired)
    }

    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        self.table_elements.refused()
    }

    fn instances(&self) -> usize {
        self.core_instances
    }

    fn tables(&self) -> usize {
        self.core_instances
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(&Limits { memory_bytes: 100, table_elements: 10, ..Limits::START })
    }

    #[test]
    fn memories_are_counted_in_sum() {
        let mut limiter = limiter();
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 30, None).unwrap());
        assert!(limiter.memory_growing(30, 40, None).unwrap());
        assert_eq!(limiter.used_bytes(), 100);
        let denied = limiter.memory_growing(40, 41, None).unwrap_err();
        assert_eq!(denied.downcast_ref(), Some(&Denied { what: Memory::Bytes, wanted: 101, limit: 100 }));
    }

    #[test]
    fn tables_are_counted_too() {
        let mut limiter = limiter();
        assert!(limiter.table_growing(0, 6, None).unwrap());
        assert!(limiter.table_growing(0, 5, None).is_err());
        assert!(limiter.table_grow_failed(Error::msg("the system has none left")).is_err());
    }
}
