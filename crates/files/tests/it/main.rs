//! Whole archives and trees, built in memory, good and hostile.

#[cfg(test)]
mod compress;
#[cfg(unix)]
#[cfg(test)]
mod directory;
#[cfg(test)]
mod git;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod seen;
#[cfg(test)]
mod tar;
#[cfg(test)]
mod zip;
