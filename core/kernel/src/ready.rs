//! A plugin with instances made and configured beforehand, each used for one household and then dropped.

use std::sync::{Arc, Mutex, PoisonError};

use nuan_host::HostError;
use nuan_host::plugin::LoadedPlugin;
use nuan_host::prepared::Prepared;

/// A loaded plugin and its instances that wait.
pub struct Ready {
    plugin: Arc<LoadedPlugin>,
    waiting: Mutex<Vec<Prepared>>,
}

impl Ready {
    /// No instance waits yet.
    pub const fn new(plugin: Arc<LoadedPlugin>) -> Self {
        Self { plugin, waiting: Mutex::new(Vec::new()) }
    }

    /// The plugin.
    pub const fn plugin(&self) -> &Arc<LoadedPlugin> {
        &self.plugin
    }

    /// An instance that nobody has used: one that waits, or a new one.
    pub fn take(&self) -> Result<Prepared, HostError> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        waiting.map_or_else(|| self.plugin.prepare(), Ok)
    }

    /// Makes instances until so many wait. Called where nobody waits for an answer.
    pub fn refill(&self, wanted: usize) -> Result<(), HostError> {
        while self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len() < wanted {
            let instance = self.plugin.prepare()?;
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
        }
        Ok(())
    }
}
