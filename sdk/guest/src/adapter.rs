//! Whatever answers [`Rules`] answers as a component of the world `rules-plugin`.

use crate::bindings::exports::nuan::plugin::rules::{Guest, Outputs, Step};
use crate::bindings::nuan::plugin::types;
use crate::boundary;
use crate::rules::Rules;

impl<P: Rules> Guest for P {
    fn configure(resolved: String, settings: Vec<types::NamedValue>) -> Result<(), Vec<types::Diagnostic>> {
        boundary::log_panics();
        P::configure(&resolved, &boundary::settings_in(settings)).map_err(boundary::diagnostics_out)
    }

    fn evaluate(batch: types::Batch) -> Result<Outputs, types::Failure> {
        boundary::log_panics();
        P::evaluate(&boundary::batch_in(batch)).map(boundary::outputs_out).map_err(boundary::failure_out)
    }

    fn explain(household: types::Batch) -> Result<Vec<Step>, types::Failure> {
        boundary::log_panics();
        P::explain(&boundary::batch_in(household)).map(boundary::steps_out).map_err(boundary::failure_out)
    }
}
