//! The generated bindings of the plugin interface, once for all plugins.

wit_bindgen::generate!({
    path: "../wit/v1",
    world: "rules-plugin",
    pub_export_macro: true,
    export_macro_name: "export_rules",
    default_bindings_module: "nuan_sdk::bindings",
    runtime_path: "wit_bindgen::rt",
});
