//! Columns: one number an object, in memory that huge pages back or, beyond the budget, in an unlinked file.
//!
//! Two places here are `unsafe`, both for what a benchmark bought (28 M objects, `bench_heap.sh`): typed views of mapped
//! memory – huge pages halve the cost of a random access (PERFORMANCE §2 "Floors"), and a map can lie in a file – and
//! views of a column as atomics, so that threads fill it side by side without a lock or a copy.
#![allow(unsafe_code, reason = "typed views of mapped memory: see the SAFETY arguments")]

use crate::evidence::scratch;
use memmap2::{MmapMut, MmapOptions};
use std::{
    fmt, io,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    sync::atomic::AtomicU32,
};

/// Columns below this size are plain vectors: a map costs system calls and whole pages.
const SMALL_BYTES: usize = 1 << 20;

/// What a column can hold: any bits are a value, and none of them owns anything.
///
/// # Safety
/// Every bit pattern must be a valid value, and the alignment at most that of a page.
pub unsafe trait Plain: Copy + Default + 'static {}

// SAFETY: numbers and arrays of numbers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for [u32; 2] {}
// SAFETY: as above.
unsafe impl Plain for [u32; 3] {}
// SAFETY: as above.
unsafe impl Plain for [u64; 8] {}

/// Where a column lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In memory.
    #[default]
    Memory,
    /// In an unlinked temporary file, mapped: the system may write it out when memory is short.
    File,
}

/// A fixed capacity of values, of which the first `len` count.
pub struct Column<T> {
    store: Store<T>,
    len: usize,
}

enum Store<T> {
    Small(Vec<T>),
    Mapped(MmapMut, Place, PhantomData<T>),
}

impl<T: Plain> Column<T> {
    /// Room for `capacity` values. Memory that is never written costs nothing.
    ///
    /// # Errors
    /// When the system gives neither memory nor a temporary file.
    pub fn with_capacity(capacity: usize, place: Place) -> io::Result<Self> {
        let bytes = capacity.saturating_mul(size_of::<T>());
        let store = if bytes < SMALL_BYTES {
            Store::Small(vec![T::default(); capacity])
        } else {
            Store::Mapped(map(bytes, place)?, place, PhantomData)
        };
        Ok(Self { store, len: 0 })
    }

    /// `len` values of zero bits.
    ///
    /// # Errors
    /// As [`Self::with_capacity`].
    pub fn zeroed(len: usize, place: Place) -> io::Result<Self> {
        let mut column = Self::with_capacity(len, place)?;
        column.len = len;
        Ok(column)
    }

    /// Room for `capacity` values, in the memory of a column that is spent when that is large enough and lies right:
    /// memory that is there already need not be cleared by the system again.
    ///
    /// # Errors
    /// As [`Self::with_capacity`].
    pub fn in_place_of<U>(spent: Column<U>, capacity: usize, place: Place) -> io::Result<Self> {
        let bytes = capacity.saturating_mul(size_of::<T>());
        match spent.store {
            Store::Mapped(mut map, lies, _) if lies == place && map.len() >= bytes && bytes >= SMALL_BYTES => {
                shrink(&mut map, bytes);
                let store = Store::Mapped(map, place, PhantomData);
                Ok(Self { store, len: 0 })
            }
            _ => Self::with_capacity(capacity, place),
        }
    }

    /// Adds a value; beyond the capacity it is dropped.
    #[inline]
    pub fn push(&mut self, value: T) {
        let at = self.len;
        if let Some(slot) = self.room_mut().get_mut(at) {
            *slot = value;
            self.len = at + 1;
        }
    }

    /// The whole capacity, what is not yet counted included.
    #[inline]
    pub fn room_mut(&mut self) -> &mut [T] {
        match &mut self.store {
            Store::Small(values) => values,
            Store::Mapped(map, ..) => {
                let length = map.len() / size_of::<T>();
                // SAFETY: the map is aligned to a page and lives as long as the borrow; `T: Plain` has no invalid bits.
                unsafe { std::slice::from_raw_parts_mut(map.as_mut_ptr().cast::<T>(), length) }
            }
        }
    }

    /// The pages of the column.
    pub fn pages(&self) -> Pages {
        let start = match &self.store {
            Store::Mapped(map, Place::Memory, _) => map.as_ptr() as usize,
            _ => 0,
        };
        Pages {
            start,
            bytes: size_of_val(self.room()),
            width: size_of::<T>(),
        }
    }

    /// Counts the first `len` values from now on, at most the capacity.
    pub fn set_len(&mut self, len: usize) {
        self.len = len.min(self.room_mut().len());
    }

    #[inline]
    fn room(&self) -> &[T] {
        match &self.store {
            Store::Small(values) => values,
            Store::Mapped(map, ..) => {
                let length = map.len() / size_of::<T>();
                // SAFETY: as for `room_mut`, shared.
                unsafe { std::slice::from_raw_parts(map.as_ptr().cast::<T>(), length) }
            }
        }
    }
}

impl<const N: usize> Column<[u32; N]>
where
    [u32; N]: Plain,
{
    /// The values as atomics, for threads that write different ones side by side.
    pub fn atomics(&mut self) -> &[[AtomicU32; N]] {
        let values: &mut [[u32; N]] = self;
        // SAFETY: `AtomicU32` has the size and alignment of `u32`, and the exclusive borrow lasts as long as the view.
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
    }
}

/// The pages of a column, to be brought into memory by another thread than the one that writes the column.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Address of the first page; 0 when there is nothing to do.
    start: usize,
    bytes: usize,
    /// Bytes of a value.
    width: usize,
}

impl Pages {
    /// Bytes made ready at a time.
    const STEP: usize = 2 << 20;

    /// Makes the next pages ready if they come before value `until`; `ready` is how many bytes are. False when nothing
    /// was to be done, or the system cannot.
    pub fn make_ready(&self, ready: &mut usize, until: usize) -> bool {
        let until = until.saturating_mul(self.width).min(self.bytes);
        if self.start == 0 || *ready >= until {
            return false;
        }
        let length = Self::STEP.min(self.bytes - *ready);
        let done = populate(self.start + *ready, length);
        *ready = if done { *ready + length } else { usize::MAX };
        done
    }
}

#[cfg(target_os = "linux")]
fn populate(address: usize, length: usize) -> bool {
    // SAFETY: populating pages changes no content and needs no borrow: for an address that is no longer mapped the
    // system answers with an error, for one that is mapped anew it fetches pages that somebody else can use.
    unsafe { libc::madvise(address as *mut libc::c_void, length, libc::MADV_POPULATE_WRITE) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn populate(_address: usize, _length: usize) -> bool {
    false
}

/// Gives the memory behind the first `bytes` back, where the system can.
fn shrink(map: &mut MmapMut, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the map becomes shorter and stays where it is; its owner is borrowed exclusively, so no view exists.
        // When the system refuses, the map is as it was.
        let _ = unsafe { map.remap(bytes, memmap2::RemapOptions::new()) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (map, bytes);
}

fn map(bytes: usize, place: Place) -> io::Result<MmapMut> {
    if place == Place::File
        && let Ok(map) = scratch(bytes as u64)
    {
        return Ok(map);
    }
    match MmapOptions::new().len(bytes).no_reserve_swap().map_anon() {
        Ok(map) => {
            // Advice that is not taken costs speed, nothing else.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            Ok(map)
        }
        Err(_) => scratch(bytes as u64),
    }
}

/// Asks the processor to fetch a value that is soon needed.
#[inline(always)]
pub fn prefetch<T>(values: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if at < values.len() {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the address lies in the slice; a prefetch changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, at);
}

impl<T: Plain> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.room().get(..self.len).unwrap_or_default()
    }
}

impl<T: Plain> DerefMut for Column<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        let len = self.len;
        self.room_mut().get_mut(..len).unwrap_or_default()
    }
}

impl<T: Plain> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self {
            len: values.len(),
            store: Store::Small(values),
        }
    }
}

impl<T: Plain> Default for Column<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T: Plain> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn small_large_and_filed_columns_are_alike() {
        for (capacity, place) in [(10, Place::Memory), (600_000, Place::Memory), (600_000, Place::File)] {
            let mut column = Column::<[u32; 2]>::with_capacity(capacity, place).unwrap();
            assert!(column.is_empty());
            (0..capacity as u32 + 3).for_each(|i| column.push([i, 2 * i]));
            assert_eq!(column.len(), capacity);
            assert!(column.iter().enumerate().all(|(i, v)| *v == [i as u32, 2 * i as u32]));
            column.set_len(4);
            assert_eq!(column.last(), Some(&[3, 6]));
        }
    }

    #[test]
    fn atomics_write_through() {
        let mut column = Column::<[u32; 3]>::zeroed(5, Place::Memory).unwrap();
        column.atomics()[2][1].store(7, Relaxed);
        assert_eq!(column[2], [0, 7, 0]);
        prefetch(&column, 2);
        prefetch(&column, 99);
    }
}
