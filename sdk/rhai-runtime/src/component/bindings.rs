//! The generated bindings of the world `script-runtime`. They are written in unsafe code; nothing else here is.

wit_bindgen::generate!({
    path: "../wit/v1",
    world: "script-runtime",
});

export!(Runtime);

use super::Runtime;
