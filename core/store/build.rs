//! Tells Cargo that a new migration means a new build; `sqlx::migrate!` notices changed files only.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
