//! What is written between the braces of `plugin!`.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Token};

/// `manifest: "plugin.toml", household: crate::rules::household`, in either order.
pub struct Arguments {
    /// The path of the manifest from the folder of the crate.
    pub manifest: String,
    /// The rule.
    pub household: Path,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut manifest, mut household) = (None, None);
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            if key == "manifest" {
                manifest = Some(input.parse::<LitStr>()?.value());
            } else if key == "household" {
                household = Some(input.parse::<Path>()?);
            } else {
                return Err(syn::Error::new(key.span(), "expected `manifest` or `household`"));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        match (manifest, household) {
            (Some(manifest), Some(household)) => Ok(Self { manifest, household }),
            _ => Err(input.error("write `manifest: \"plugin.toml\", household: crate::rules::household`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_arguments_are_needed_and_no_others() {
        let parse = syn::parse_str::<Arguments>;
        let arguments = parse("household: crate::rules::household, manifest: \"plugin.toml\",").unwrap();
        assert_eq!(arguments.manifest, "plugin.toml");
        assert!(parse("manifest: \"plugin.toml\"").is_err());
        assert!(parse("manifest: \"plugin.toml\", member: crate::rules::member").is_err());
    }
}
