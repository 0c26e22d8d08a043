//! One adapter for each major version of the plugin interface. A released version is served for ever.

pub(crate) mod v1;
