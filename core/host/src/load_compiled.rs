//! The one unsafe call of the house: wasmtime believes compiled code, so only bytes that our own key vouches for come here.
#![expect(unsafe_code, reason = "wasmtime cannot verify compiled code; `artefacts` calls this after the MAC has held")]

use wasmtime::Engine;
use wasmtime::component::Component;

/// Loads what `Engine::precompile_component` of the same engine gave.
///
/// INVARIANT: the one caller has checked an HMAC over the bytes, the component's digest and the engine's digest.
pub(crate) fn load_compiled(engine: &Engine, verified: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are unchanged since our own compiler wrote them, for an engine of the same digest.
    unsafe { Component::deserialize(engine, verified) }
}
