//! `nuan person show`.

use std::process::ExitCode;

use clap::Args;
use nuan_kernel::{PersonBody, PersonMembershipBody};
use nuan_vocabulary::id::PersonId;

use crate::asking::Asking;
use crate::installation::Storage;
use crate::report::table::{card, table, text};
use crate::report::{Language, word};

/// Shows a person's record, masked, with the households that it belongs and belonged to.
#[derive(Debug, Args)]
pub struct Show {
    /// The person.
    #[arg(value_name = "ID")]
    id: PersonId,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let open = self.storage.reading_kernel();
        self.asking.answer(open, async |kernel, actor| kernel.person(actor, self.id).await, |p, _, lang| shown(p, lang))
    }
}

fn shown(person: &PersonBody, language: Language) -> String {
    let erased = if person.is_erased { language.choose("是", "yes") } else { "" };
    let sides = card(
        language,
        [
            (("人员编号", "Person"), person.id.to_string()),
            (("姓名", "Name"), text(person.name.as_ref())),
            (("证件号码", "Document"), text(person.document.as_ref())),
            (("出生年份", "Born"), text(person.birth_year.as_ref())),
            (("县级区划", "County"), person.county.to_string()),
            (("版本", "Version"), person.version.to_string()),
            (("登记时间", "Entered"), person.created_at.clone()),
            (("现在的家庭", "Household now"), text(person.household.as_ref())),
            (("已并入", "Merged into"), text(person.merged_into.as_ref())),
            (("已删除", "Erased"), erased.to_owned()),
            (("可以做的", "What may be done"), word::words(language, &person.allowed_actions)),
        ],
    );
    let titles = [("家庭", "Household"), ("县级区划", "County"), ("从", "From"), ("至", "Until")];
    let row = |membership: &PersonMembershipBody| {
        vec![
            membership.household.to_string(),
            membership.county.to_string(),
            membership.from.to_string(),
            text(membership.until.as_ref()),
        ]
    };
    format!("{sides}\n{}", table(language, &titles, person.memberships.iter().map(row)))
}
