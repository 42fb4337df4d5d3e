//! CLASSES / CL: class loaders and how many classes each holds.

use super::{Javacore, Loader};
use crate::thread_dump::{frame, hex, number_after};
use std::collections::{HashMap, HashSet};

/// Loaders in the making.
#[derive(Debug, Default)]
pub(super) struct Classes {
    loaders: Vec<Loader>,
    /// Class lines counted for each loader address, for files that lost the summaries.
    listed: HashMap<u64, u64>,
    listing: Option<u64>,
    known: HashSet<Option<u64>>,
}

impl Classes {
    pub fn take(&mut self, tag: &[u8], data: &str) -> bool {
        match tag {
            b"2CLTEXTCLLOADER" => self.add(loader(data)),
            b"3CLNMBRLOADEDCL" => {
                if let (Some(loader), Some(count)) =
                    (self.loaders.last_mut(), number_after(data, "Number of loaded classes"))
                {
                    loader.classes = count;
                }
            }
            b"2CLTEXTCLLOAD" => {
                let listed = loader(data);
                self.listing = listed.as_ref().and_then(|l| l.address);
                if listed.as_ref().is_some_and(|l| !self.known.contains(&l.address)) {
                    self.add(listed);
                }
            }
            _ => {}
        }
        true
    }

    fn add(&mut self, loader: Option<Loader>) {
        self.known.extend(loader.as_ref().map(|l| l.address));
        self.loaders.extend(loader);
    }

    /// A class of the loader being listed.
    pub fn class(&mut self) {
        if let Some(address) = self.listing {
            *self.listed.entry(address).or_default() += 1;
        }
    }

    pub fn finish(mut self, core: &mut Javacore) {
        for loader in &mut self.loaders {
            if loader.classes == 0
                && let Some(count) = loader.address.and_then(|a| self.listed.get(&a))
            {
                loader.classes = *count;
            }
        }
        core.loaders = self.loaders;
    }
}

/// `p---st-- Loader *System*(0x000000068003E888), Parent …`.
fn loader(data: &str) -> Option<Loader> {
    let (_, rest) = data.split_once("Loader ")?;
    let (class, address) = rest.split_once('(')?;
    Some(Loader {
        class: frame::class(class),
        address: hex(address),
        classes: 0,
    })
}
