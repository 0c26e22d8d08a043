//! `nuan person find`.

use std::fmt::Display;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use nuan_kernel::{FoundPersons, KernelError, PersonSearch, PersonSummary, SearchBy, SearchScope};
use nuan_vocabulary::division::DivisionCode;

use crate::asking::{Asking, Part, refused};
use crate::installation::Storage;
use crate::report::Language;
use crate::report::table::{part, text};

const HINT: &str = "name a county, or a township or village in it: --division 330106";

/// Finds persons within a division by exactly one thing.
#[derive(Debug, Args)]
pub struct Find {
    /// A county, or a township or village in it.
    #[arg(long, value_name = "CODE")]
    division: DivisionCode,
    /// A name, its pinyin or its initials: 张三, `zhangsan` or `zs`.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The number of an identity document; 15 and 18 digits are one number.
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// The household to which the person belongs or belonged.
    #[arg(long, value_name = "ID")]
    household: Option<String>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    storage: Storage,
}

impl Find {
    /// Runs the command. Nobody found is an answer.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let search = self.search()?;
        let open = self.storage.reading_kernel();
        self.asking.answer(
            open,
            async |kernel, actor| kernel.search_persons(actor, &search).await,
            |found, _, lang| shown(found, lang),
        )
    }

    fn search(&self) -> Result<PersonSearch, KernelError> {
        let wide = |wide: nuan_kernel::ScopeTooWide| refused("NU2006", "--division", &wide.to_string(), HINT);
        let scope = SearchScope::new(self.division).map_err(wide)?;
        let by = match (&self.name, &self.document, &self.household) {
            (Some(name), None, None) => SearchBy::Name(parsed("--name", name)?),
            (None, Some(number), None) => SearchBy::Document(parsed("--document", number)?),
            (None, None, Some(id)) => SearchBy::Household(parsed("--household", id)?),
            _ => {
                let one = "a search goes by exactly one of `--name`, `--document` and `--household`";
                return Err(refused("NU2008", "", one, "give one of them, beside `--division`"));
            }
        };
        Ok(PersonSearch { scope, by, after: self.part.after()?, limit: self.part.limit })
    }
}

fn parsed<T: FromStr<Err: Display>>(option: &str, text: &str) -> Result<T, KernelError> {
    text.parse().map_err(|wrong: T::Err| refused("NU2006", option, &wrong.to_string(), "write it as the help says"))
}

fn shown(found: &FoundPersons, language: Language) -> String {
    let titles = [
        ("人员编号", "Person"),
        ("姓名", "Name"),
        ("证件号码", "Document"),
        ("出生年份", "Born"),
        ("家庭", "Household"),
        ("成员", "Ref"),
        ("行政区划", "Division"),
    ];
    let row = |person: &PersonSummary| {
        vec![
            person.person.to_string(),
            text(person.name.as_ref()),
            text(person.document.as_ref()),
            text(person.birth_year.as_ref()),
            text(person.household.as_ref()),
            text(person.reference.as_ref()),
            person.division.to_string(),
        ]
    };
    let list = part(language, &titles, found.items.iter().map(row), found.next.as_ref());
    let elsewhere = found.elsewhere.map(|county| {
        let what = language.choose("这个号码在别的县级区划登记", "The number is on the register in another county");
        format!("\n{what}: {county}")
    });
    format!("{list}{}", elsewhere.unwrap_or_default())
}
