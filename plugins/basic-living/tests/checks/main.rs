//! Checks beside the golden cases: the reasons that the rules give, and the numbers that they are given.

#[cfg(test)]
mod parameters;
#[cfg(test)]
mod reasons;
