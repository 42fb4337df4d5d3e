//! The one memory map of the program, behind a safe view.
//!
//! A map shows a file that somebody else may still write. Two things could then go wrong, and this is what is done:
//!
//! * **The file shrinks.** Touching a page behind the new end raises SIGBUS, which would end the program and lose the
//!   report. A handler puts zero pages in place of what is gone and notes it; the parsers meet zeroes, which they report
//!   as a gap like those of any half-written dump, and [`MappedFile::changed`] tells the report that the file changed.
//!   Windows refuses to shrink a mapped file.
//! * **The bytes change.** Every parser treats each byte as hostile each time it reads it: no unchecked index, no
//!   `from_utf8_unchecked`, no length that is trusted because it was checked before. Values may then be wrong, nothing
//!   worse.
//!
//! Small files are not mapped but copied (`Limits::file_in_memory`), so that the window is closed for most evidence.
#![allow(unsafe_code, reason = "the only place: see the SAFETY arguments")]

use memmap2::Mmap;
use std::{fs::File, io};

/// A whole file, mapped.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
    file: File,
    #[cfg(unix)]
    slot: guard::Slot,
}

impl MappedFile {
    /// Maps an open file as it is now.
    ///
    /// # Errors
    /// The system's, also when more files are mapped than can be guarded.
    pub fn new(file: File) -> io::Result<Self> {
        // SAFETY: the map is read-only and lives as long as `file`. Shrinking cannot end the program (`guard`), and no
        // reader relies on bytes staying the same (module documentation).
        let map = unsafe { Mmap::map(&file)? };
        #[cfg(unix)]
        let slot = guard::watch(&map, &file)?;
        Ok(Self {
            map,
            file,
            #[cfg(unix)]
            slot,
        })
    }

    /// True when the file is no longer as long as it was, or a page of it could not be read.
    pub fn changed(&self) -> bool {
        #[cfg(unix)]
        if self.slot.hurt() {
            return true;
        }
        self.file
            .metadata()
            .map_or(true, |now| now.len() != self.map.len() as u64)
    }
}

/// Gives the memory of mapped pages back that lie wholly in `bytes`. They come again from the file when they are read; what
/// is no mapped file is left alone. Keeps the memory of a scan, as `time -v` shows it, small.
pub fn release(bytes: &[u8]) {
    #[cfg(unix)]
    guard::release(bytes);
    #[cfg(not(unix))]
    let _ = bytes;
}

/// An unlinked temporary file of this many zero bytes, mapped for writing.
///
/// # Errors
/// The system's; a full disk among them.
pub fn scratch(bytes: u64) -> io::Result<memmap2::MmapMut> {
    let file = tempfile::tempfile()?;
    file.set_len(bytes)?;
    #[cfg(target_os = "linux")]
    reserve(&file, bytes)?;
    // SAFETY: nobody else has the file: it has no name, and its handle ends here. Its blocks are reserved, so that a disk
    // that fills up later cannot take them away.
    unsafe { memmap2::MmapOptions::new().map_mut(&file) }
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let length = libc::off_t::try_from(bytes).map_err(io::Error::other)?;
    // SAFETY: a plain call with an open file.
    match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

/// Keeps the program alive when a mapped file shrinks.
#[cfg(unix)]
mod guard {
    use std::{
        fs::File,
        io,
        os::fd::AsRawFd,
        ptr,
        sync::{
            Once,
            atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering},
        },
    };

    /// Maps that can be guarded at once; further files are copied.
    const SLOTS: usize = 1024;

    /// One guarded map. `start` is 0 while the entry is free and 1 while it is being filled.
    struct Entry {
        start: AtomicUsize,
        end: AtomicUsize,
        file: AtomicI32,
        hurt: AtomicBool,
    }

    static ENTRIES: [Entry; SLOTS] = [const {
        Entry {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            file: AtomicI32::new(-1),
            hurt: AtomicBool::new(false),
        }
    }; SLOTS];
    static PAGE: AtomicUsize = AtomicUsize::new(4096);
    static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

    /// The right to an entry; frees it when dropped.
    #[derive(Debug)]
    pub struct Slot(usize);

    impl Slot {
        /// True when a page of the map was lost.
        pub fn hurt(&self) -> bool {
            ENTRIES
                .get(self.0)
                .is_some_and(|entry| entry.hurt.load(Ordering::Acquire))
        }
    }

    impl Drop for Slot {
        fn drop(&mut self) {
            if let Some(entry) = ENTRIES.get(self.0) {
                entry.end.store(0, Ordering::Release);
                entry.start.store(0, Ordering::Release);
            }
        }
    }

    /// Guards a map of a file that stays open as long as the slot lives.
    pub fn watch(map: &[u8], file: &File) -> io::Result<Slot> {
        install();
        let free = ENTRIES.iter().enumerate().find(|(_, entry)| {
            entry
                .start
                .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
        });
        let Some((index, entry)) = free else {
            return Err(io::Error::other("too many mapped files"));
        };
        let start = map.as_ptr() as usize;
        entry.hurt.store(false, Ordering::Relaxed);
        entry.file.store(file.as_raw_fd(), Ordering::Relaxed);
        entry.end.store(start.saturating_add(map.len()), Ordering::Release);
        entry.start.store(start, Ordering::Release);
        Ok(Slot(index))
    }

    /// Drops the pages of a guarded map that lie wholly in `bytes` from this process.
    pub fn release(bytes: &[u8]) {
        let page = PAGE.load(Ordering::Relaxed);
        let from = (bytes.as_ptr() as usize).next_multiple_of(page);
        let to = (bytes.as_ptr() as usize + bytes.len()) & !(page - 1);
        let is_ours = ENTRIES.iter().any(|entry| {
            let start = entry.start.load(Ordering::Acquire);
            start > 1 && start <= from && to <= entry.end.load(Ordering::Acquire)
        });
        if from < to && is_ours {
            // SAFETY: whole pages of a live, shared, read-only map of a file: the next reader gets the same bytes from the
            // file. Pages that `replace_lost_pages` put there read as zeroes again.
            unsafe { libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_DONTNEED) };
        }
    }

    /// Installs the handler, once, keeping the previous one (Rust's own, for stack overflow) for faults that are not ours.
    fn install() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: plain calls with valid pointers; the handler does only what is safe in a signal handler.
            unsafe {
                if let Ok(page) = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)) {
                    PAGE.store(page.max(1), Ordering::Relaxed);
                }
                let mut action: libc::sigaction = std::mem::zeroed();
                let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_bus_error;
                action.sa_sigaction = handler as libc::sighandler_t;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                let previous = Box::into_raw(Box::new(std::mem::zeroed::<libc::sigaction>()));
                libc::sigaction(libc::SIGBUS, &raw const action, previous);
                PREVIOUS.store(previous, Ordering::Release);
            }
        });
    }

    extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: `info` is the kernel's. Only atomics, `fstat` and `mmap` are used: system calls without locks or
        // allocation. The replaced pages lie inside a live map of ours, which nobody else owns.
        unsafe {
            let address = (*info).si_addr() as usize;
            if replace_lost_pages(address) {
                return;
            }
            pass_on(signal, info, context);
        }
    }

    /// Puts zero pages where the file no longer reaches. False when the address is in none of our maps.
    unsafe fn replace_lost_pages(address: usize) -> bool {
        let page = PAGE.load(Ordering::Relaxed);
        for entry in &ENTRIES {
            let start = entry.start.load(Ordering::Acquire);
            let end = entry.end.load(Ordering::Acquire);
            if start <= 1 || address < start || address >= end {
                continue;
            }
            let first = address & !(page - 1);
            // SAFETY: as for the caller; a failed `fstat` leaves the length at 0.
            unsafe {
                let mut stat: libc::stat = std::mem::zeroed();
                let known = libc::fstat(entry.file.load(Ordering::Relaxed), &raw mut stat) == 0;
                let length = if known {
                    usize::try_from(stat.st_size).unwrap_or(0)
                } else {
                    0
                };
                // Behind the new end everything is lost at once; before it, only this page could not be read.
                let behind = address.wrapping_sub(start) >= length;
                let bytes = if behind { end - first } else { page };
                let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
                let got = libc::mmap(first as *mut libc::c_void, bytes, libc::PROT_READ, flags, -1, 0);
                entry.hurt.store(true, Ordering::Release);
                return got != libc::MAP_FAILED;
            }
        }
        false
    }

    /// Not ours: the previous handler decides; without one the default action does, when the instruction runs again.
    unsafe fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let previous = PREVIOUS.load(Ordering::Acquire);
        // SAFETY: `previous` was filled by the kernel and is never freed; a handler with SA_SIGINFO has this signature.
        unsafe {
            if let Some(action) = previous.as_ref()
                && action.sa_flags & libc::SA_SIGINFO != 0
                && action.sa_sigaction > 1
            {
                let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    std::mem::transmute(action.sa_sigaction);
                handler(signal, info, context);
                return;
            }
            let mut default: libc::sigaction = std::mem::zeroed();
            default.sa_sigaction = libc::SIG_DFL;
            libc::sigaction(signal, &raw const default, ptr::null_mut());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_map_shows_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"evidence").unwrap();
        let map = MappedFile::new(file).unwrap();
        assert_eq!(map.as_ref(), b"evidence");
        assert!(!map.changed());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_shrinks_reads_as_zeroes_and_is_noticed() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7_u8; 1 << 20]).unwrap();
        let map = MappedFile::new(file.try_clone().unwrap()).unwrap();
        assert_eq!(map.as_ref()[1 << 19], 7);
        file.set_len(8192).unwrap();
        let sum: u64 = map.as_ref().iter().map(|b| u64::from(*b)).sum();
        assert_eq!(sum, 8192 * 7);
        assert!(map.changed());
    }
}
