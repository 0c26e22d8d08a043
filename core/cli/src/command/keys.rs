//! `nuan keys`: new ones, their rotation, and the erasure of a household by the destruction of its keys.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use nuan_kernel::{Actor, KernelError, Keys as InstallationKeys, Rotation};
use nuan_vocabulary::id::HouseholdId;

use crate::installation::{self, Storage};
use crate::real_world::RealWorld;
use crate::report::Format;
use crate::terminal;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Makes a key file for production; one that is there already is left alone.
    New(OfStorage),
    /// Draws a new wrap key, wraps every data key under it, and forgets the old one.
    Rotate(OfStorage),
    /// Destroys again the keys of everybody whom the audit log says is erased, as after the key store was restored.
    EraseAgain(OfStorage),
    /// Destroys the data keys of a household and of everybody in it: what they sealed is erased, the proofs stay.
    Erase(Erase),
}

/// Where the keys are.
#[derive(Debug, Args)]
pub struct OfStorage {
    #[command(flatten)]
    storage: Storage,
}

/// Erases a household.
#[derive(Debug, Args)]
pub struct Erase {
    /// The household.
    #[arg(long, value_name = "ID")]
    household: HouseholdId,
    /// Why; the audit log keeps a digest of it, so keep the text, and name nobody in it.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Who erases.
    #[arg(long, value_name = "NAME", default_value = "local-operator")]
    actor: String,
    /// How to answer.
    #[arg(long, default_value = "human")]
    format: Format,
    #[command(flatten)]
    storage: Storage,
}

impl Keys {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(OfStorage { storage }) => new(&storage),
            Self::Rotate(OfStorage { storage }) => {
                let runtime = installation::runtime()?;
                runtime.block_on(rotate(&storage))
            }
            Self::EraseAgain(OfStorage { storage }) => {
                let runtime = installation::runtime()?;
                runtime.block_on(erase_again(&storage))
            }
            Self::Erase(command) => {
                let runtime = installation::runtime()?;
                runtime.block_on(command.erase())
            }
        }
    }
}

fn new(storage: &Storage) -> anyhow::Result<ExitCode> {
    let path = storage.key_file();
    if path.exists() {
        bail!("{} is there already; keys are rotated with `nuan keys rotate`", path.display());
    }
    let keys = InstallationKeys::draw(storage.suite(), "", &RealWorld);
    keys.write_new(path).map_err(KernelError::from)?;
    let key = keys.checkpoint_key(storage.origin())?;
    terminal::print(&format!("Wrote {}. Checkpoints of {} are verified with {key}", path.display(), storage.origin()));
    Ok(ExitCode::SUCCESS)
}

/// The new key is in the file before anything is wrapped under it, and an old one leaves only after nothing is left under it.
/// No other command rotates the same file meanwhile.
async fn rotate(storage: &Storage) -> anyhow::Result<ExitCode> {
    storage.keys()?;
    let rotation = Rotation::begin(storage.key_file(), &RealWorld).map_err(KernelError::from)?;
    let kernel = storage.reading_kernel().await?;
    let bar = terminal::progress(0, "rewrap");
    let wrapped = kernel.rewrap_keys(|count| bar.set_position(count)).await?;
    bar.finish_and_clear();
    let in_use = kernel.wrap_keys_in_use().await?;
    kernel.finish().await?;
    let left = rotation.forget_old(&in_use).map_err(KernelError::from).context("failed to forget the old wrap key")?;
    terminal::print(&format!("{wrapped} data keys are wrapped under {}.", rotation.current()));
    if left > 0 {
        terminal::say(&format!("{left} old wrap keys are in use again and stay in the key file; rotate once more."));
    }
    Ok(ExitCode::SUCCESS)
}

async fn erase_again(storage: &Storage) -> anyhow::Result<ExitCode> {
    let kernel = storage.reading_kernel().await?;
    let keys = kernel.erase_again().await;
    kernel.finish().await?;
    terminal::print(&format!("{} keys of erased households and persons are destroyed again.", keys?));
    Ok(ExitCode::SUCCESS)
}

impl Erase {
    async fn erase(self) -> anyhow::Result<ExitCode> {
        let kernel = self.storage.kernel(Vec::new()).await?;
        let erased = kernel.erase_household(&Actor::named(&self.actor)?, self.household, &self.because).await;
        kernel.finish().await?;
        let erased = erased?;
        match self.format {
            Format::Json => terminal::print(&serde_json::to_string(&erased)?),
            Format::Human => terminal::print(&format!(
                "{} is erased with {} persons: {} keys are destroyed. The proofs stay.",
                erased.household,
                erased.persons.len(),
                erased.keys
            )),
        }
        Ok(ExitCode::SUCCESS)
    }
}
