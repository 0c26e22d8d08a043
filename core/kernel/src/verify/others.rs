//! The contents of leaves about what follows a determination, and about changes of the register.

use nuan_domain::audit::Leaf;
use nuan_store::Transaction;

use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;

impl Kernel {
    /// The content that a leaf of another act commits to.
    pub(super) async fn other_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        match leaf.act.as_str() {
            "person.match" | "person.merge" | "person.unmerge" | "person.distinguish" => {
                self.match_content(transaction, leaf).await
            }
            "change.submit" | "change.approve" | "change.refuse" | "change.withdraw" => {
                self.change_content(transaction, leaf).await
            }
            "decision.adopt" | "decision.depart" => self.decision_content(transaction, leaf).await,
            "entitlement.grant" | "entitlement.end" | "entitlement.supersede" => {
                self.entitlement_content(transaction, leaf).await
            }
            _ => Err(KernelError::NotFound(leaf.subject.clone())),
        }
    }
}
