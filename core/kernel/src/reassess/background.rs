//! A reassessment that a server goes on with while its callers do something else.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use nuan_vocabulary::id::ReassessmentId;

use super::{Pace, ReassessmentBody, ReassessmentRequest, ReassessmentState};
use crate::actor::Actor;
use crate::body::Created;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;

/// Those that this process goes on with.
#[derive(Default)]
pub(crate) struct InBackground(Mutex<HashSet<ReassessmentId>>);

impl InBackground {
    /// Whether nobody here goes on with it yet; whoever asked does from now on.
    fn take(&self, id: ReassessmentId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    fn leave(&self, id: ReassessmentId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Kernel {
    /// Begins a reassessment, or picks up the open one, and goes on with it in the background.
    pub async fn start_reassessment(
        &self,
        actor: &Actor,
        request: ReassessmentRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<ReassessmentBody>, KernelError> {
        let created = self.begin_reassessment(actor, request, key).await?;
        if created.body.state == ReassessmentState::Open && self.0.in_background.take(created.body.id) {
            let (kernel, actor, id) = (self.clone(), actor.clone(), created.body.id);
            tokio::spawn(async move {
                let pace = Pace { batch: Pace::BATCH, stop: &AtomicBool::new(false) };
                let ended = kernel.reassess(&actor, id, pace, |_| ()).await;
                kernel.0.in_background.leave(id);
                match ended {
                    Ok(_) | Err(KernelError::ReassessmentEnded) => {}
                    Err(error) => tracing::error!(
                        reassessment.id = %id,
                        code = error.code(),
                        "A reassessment was cut off; the same request goes on with it."
                    ),
                }
            });
        }
        Ok(created)
    }
}
