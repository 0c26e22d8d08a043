//! Tells Cargo that a new migration means a new build (`sqlx::migrate!` notices changed files only), and refuses to build while
//! a column has no sensitivity class.

#[path = "build/classes.rs"]
mod classes;

fn main() -> Result<(), String> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build");
    let folder = std::env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    classes::check(std::path::Path::new(&folder)).map_err(|mistakes| mistakes.join("\n"))
}
