//! Scripts run natively over hand-made batches: what they compute, what they lack, and how they fail.

#[cfg(test)]
mod aggregates;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod milk;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod unknown;
#[cfg(test)]
mod values;
