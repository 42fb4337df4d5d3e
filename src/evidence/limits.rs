//! How much hostile or broken evidence may cost.

/// Limits of intake. What lies beyond one becomes a gap that names it; everything before it is read.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files taken from folders.
    pub files: usize,
    /// Folders inside folders.
    pub folder_depth: usize,
    /// Members of one archive.
    pub members: usize,
    /// Archives inside archives: 1 is an archive among the files, 2 an archive in it.
    pub archive_depth: u32,
    /// Decompressed bytes of one file of the evidence, all its members together.
    pub decompressed: u64,
    /// Decompressed bytes for one compressed byte, above [`Self::ratio_free`].
    pub ratio: u64,
    /// Decompressed bytes below which no ratio is held against a file.
    pub ratio_free: u64,
    /// Bytes of one file that are kept in memory; a larger one is mapped, from a temporary file if it was compressed.
    pub file_in_memory: u64,
    /// Bytes of all files together that are kept in memory.
    pub memory: u64,
}

/// Files taken from folders: a year of rotated logs of a cluster has some thousands.
pub const MAX_FILES: usize = 100_000;
/// Folders inside folders.
pub const MAX_FOLDER_DEPTH: usize = 64;
/// Members of one archive.
pub const MAX_MEMBERS: usize = 50_000;
/// An archive in an archive, and no deeper.
pub const MAX_ARCHIVE_DEPTH: u32 = 2;
/// Decompressed bytes of one file: twice the largest heap seen in the trade, 64 GiB.
pub const MAX_DECOMPRESSED: u64 = 128 << 30;
/// Deflate cannot exceed 1032; logs reach 60, heap dumps with empty buffers 100.
pub const MAX_RATIO: u64 = 250;
/// Decompressed bytes below which no ratio is held against a file.
pub const RATIO_FREE: u64 = 256 << 20;
/// Bytes of one file that are kept in memory.
pub const FILE_IN_MEMORY: u64 = 32 << 20;
/// Bytes of all files together that are kept in memory.
pub const MEMORY: u64 = 1 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: MAX_FILES,
            folder_depth: MAX_FOLDER_DEPTH,
            members: MAX_MEMBERS,
            archive_depth: MAX_ARCHIVE_DEPTH,
            decompressed: MAX_DECOMPRESSED,
            ratio: MAX_RATIO,
            ratio_free: RATIO_FREE,
            file_in_memory: FILE_IN_MEMORY,
            memory: MEMORY,
        }
    }
}

impl Limits {
    /// The same limits within a quarter of the memory that the whole program may use.
    pub fn within(memory_limit: Option<u64>) -> Self {
        let mut limits = Self::default();
        if let Some(bytes) = memory_limit {
            limits.memory = limits.memory.min(bytes / 4);
            limits.file_in_memory = limits.file_in_memory.min(bytes / 16);
        }
        limits
    }

    /// What a file of `on_disk` bytes may decompress to, and the name of the limit that decides.
    pub fn allowance(&self, on_disk: u64) -> (u64, String) {
        let by_ratio = on_disk.saturating_mul(self.ratio).max(self.ratio_free);
        if by_ratio < self.decompressed {
            (
                by_ratio,
                format!("{} decompressed bytes for each byte on disk", self.ratio),
            )
        } else {
            (
                self.decompressed,
                format!("{} decompressed bytes of one file", self.decompressed),
            )
        }
    }
}
