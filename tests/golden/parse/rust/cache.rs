//! Keeps what was computed.
use std::{collections::HashMap, fmt::{self, Display}};
use crate::clock as time;

pub const LIMIT: usize = 64;
static mut HITS: u64 = 0;
type Key = String;

/// An entry and when it was made.
///
/// Old entries go first.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct Entry<V> where V: Clone {
    /// What was computed.
    pub value: V,
    made: time::Instant,
}

#[derive(Default)]
enum State { #[default] Empty, Filled(usize), Broken { why: String } }

/// Where entries live.
pub trait Backing: Send {
    type Item;
    fn load(&self, key: &Key) -> Option<Self::Item>;
    /// Drops everything.
    fn clear(&mut self) { todo!() }
}

pub struct Cache<V: Clone> { map: HashMap<Key, Entry<V>>, state: State }

impl<V: Clone> Cache<V> {
    /// Makes an empty cache.
    pub fn new() -> Self {
        Self { map: HashMap::new(), state: State::Empty }
    }

    fn insert(&mut self, key: Key, value: V) -> Result<(), fmt::Error> {
        let entry = Entry { value, made: time::now() };
        self.map.insert(key, entry).map(|old| drop(old));
        println!("{}", self.map.len());
        Ok(())
    }
}

impl<V: Clone> Display for Cache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.map.len()) }
}

macro_rules! cache { ($($k:expr),*) => { [$($k),*] }; }

mod tests {
    use super::*;
    #[test]
    fn starts_empty() { assert!(Cache::<u8>::new().map.is_empty()); }
}

union Bits { int: u32, float: f32 }
