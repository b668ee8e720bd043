//! Whole archives and trees, built in memory, good and hostile.

#[cfg(test)]
mod compress;
#[cfg(all(test, unix))]
mod directory;
#[cfg(test)]
mod seen;
#[cfg(test)]
mod tar;
#[cfg(test)]
mod zip;
