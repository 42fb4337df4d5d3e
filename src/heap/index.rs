//! Address → dense number in order of addresses, by a rank bitmap (PERFORMANCE §5.3).
//!
//! One bit a possible address, in lines of 448 bits with a running count: a look-up touches one cache line. Addresses
//! that are too scattered for a bitmap (hostile or very odd dumps) fall back to a sorted list.

use std::collections::HashMap;

/// Bits of a line beside its count.
const LINE_BITS: u64 = 448;
/// Words of a line that hold bits.
const LINE_WORDS: usize = 7;
/// Lines of a page, the unit of allocation.
const PAGE_LINES: u64 = 256;
/// Pages beyond which the bitmap must pay for itself: 14 KiB each.
const FREE_PAGES: usize = 4096;
/// Objects that a page should then hold at least, on average.
const OBJECTS_PER_PAGE: usize = 200;
/// Longest table of pages; a wider range falls back to the list.
const MAX_TABLE: u64 = 1 << 26;

/// Collects addresses in any order.
#[derive(Debug)]
pub struct Collector {
    shift: u32,
    pages: Vec<Page>,
    by_number: HashMap<u64, u32>,
    last: (u64, u32),
    seen: usize,
    /// Addresses that went to the list instead.
    list: Vec<u64>,
    as_list: bool,
}

#[derive(Debug)]
struct Page {
    number: u64,
    words: Box<[u64]>,
}

impl Collector {
    /// For addresses that are usually multiples of `1 << shift`.
    pub fn new(shift: u32) -> Self {
        Self {
            shift,
            pages: Vec::new(),
            by_number: HashMap::new(),
            last: (u64::MAX, 0),
            seen: 0,
            list: Vec::new(),
            as_list: false,
        }
    }

    /// Adds an address.
    #[inline]
    pub fn insert(&mut self, address: u64) {
        if self.as_list {
            self.list.push(address);
            return;
        }
        let slot = address >> self.shift;
        if slot << self.shift != address {
            self.turn_to_list();
            self.list.push(address);
            return;
        }
        self.seen += 1;
        let line = slot / LINE_BITS;
        let bit = slot % LINE_BITS;
        let number = line / PAGE_LINES;
        if number != self.last.0 {
            self.find_page(number);
            if self.as_list {
                self.list.push(address);
                return;
            }
        }
        let at = (line % PAGE_LINES) as usize * LINE_WORDS + (bit / 64) as usize;
        if let Some(word) = self
            .pages
            .get_mut(self.last.1 as usize)
            .and_then(|p| p.words.get_mut(at))
        {
            *word |= 1 << (bit % 64);
        }
    }

    fn find_page(&mut self, number: u64) {
        let next = self.pages.len() as u32;
        let page = *self.by_number.entry(number).or_insert(next);
        if page == next {
            self.pages.push(Page {
                number,
                words: vec![0; PAGE_LINES as usize * LINE_WORDS].into_boxed_slice(),
            });
            if self.pages.len() > FREE_PAGES && self.seen / self.pages.len() < OBJECTS_PER_PAGE {
                self.turn_to_list();
                return;
            }
        }
        self.last = (number, page);
    }

    #[cold]
    fn turn_to_list(&mut self) {
        let pages = std::mem::take(&mut self.pages);
        self.by_number = HashMap::new();
        self.last = (u64::MAX, 0);
        self.as_list = true;
        let shift = self.shift;
        self.list.extend(pages.iter().flat_map(|page| page.addresses(shift)));
    }

    /// Takes in what another one collected.
    pub fn merge(&mut self, mut other: Self) {
        if other.shift != self.shift {
            other.turn_to_list();
        }
        if other.as_list && !self.as_list {
            self.turn_to_list();
        }
        if self.as_list {
            if !other.as_list {
                other.turn_to_list();
            }
            self.list.append(&mut other.list);
            self.list.sort_unstable();
            self.list.dedup();
            return;
        }
        self.seen += other.seen;
        for page in other.pages {
            let next = self.pages.len() as u32;
            let at = *self.by_number.entry(page.number).or_insert(next);
            match self.pages.get_mut(at as usize) {
                Some(mine) => mine.words.iter_mut().zip(page.words.iter()).for_each(|(a, b)| *a |= b),
                None => self.pages.push(page),
            }
        }
        self.last = (u64::MAX, 0);
    }

    /// Brings the addresses into order, which [`Self::contains`] and [`Self::alignment`] need.
    pub fn sort(&mut self) {
        self.pages.sort_unstable_by_key(|p| p.number);
        self.by_number = self
            .pages
            .iter()
            .enumerate()
            .map(|(i, p)| (p.number, i as u32))
            .collect();
        self.last = (u64::MAX, 0);
        self.list.sort_unstable();
        self.list.dedup();
    }

    /// Whether an address was added; only right after [`Self::sort`].
    pub fn contains(&self, address: u64) -> bool {
        if self.as_list {
            return self.list.binary_search(&address).is_ok();
        }
        let slot = address >> self.shift;
        let (line, bit) = (slot / LINE_BITS, slot % LINE_BITS);
        let at = (line % PAGE_LINES) as usize * LINE_WORDS + (bit / 64) as usize;
        slot << self.shift == address
            && self
                .by_number
                .get(&(line / PAGE_LINES))
                .and_then(|&page| self.pages.get(page as usize)?.words.get(at))
                .is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Greatest common divisor of the distances between neighbours, address 0 left out, clamped to 8…256
    /// (HEAP_ORACLE §3.5); only right after [`Self::sort`].
    pub fn alignment(&self) -> u64 {
        let shift = self.shift;
        let addresses: Box<dyn Iterator<Item = u64>> = if self.as_list {
            Box::new(self.list.iter().copied())
        } else {
            Box::new(self.pages.iter().flat_map(move |p| p.addresses(shift)))
        };
        let (mut divisor, mut last) = (0, None);
        for address in addresses.filter(|&a| a != 0) {
            if let Some(last) = last.replace(address) {
                divisor = gcd(divisor, address - last);
                if divisor <= 8 {
                    break;
                }
            }
        }
        divisor.clamp(8, 256)
    }

    /// The finished index.
    pub fn finish(mut self) -> AddressIndex {
        self.pages.sort_unstable_by_key(|p| p.number);
        let first = self.pages.first().map_or(0, |p| p.number);
        let span = self.pages.last().map_or(0, |p| p.number - first + 1);
        if span > MAX_TABLE {
            self.turn_to_list();
        }
        if self.as_list {
            self.list.sort_unstable();
            self.list.dedup();
            return AddressIndex {
                length: self.list.len(),
                form: Form::List(self.list),
            };
        }
        let mut table = vec![u32::MAX; span as usize];
        let mut lines = Vec::with_capacity(self.pages.len() * PAGE_LINES as usize);
        let numbers = self.pages.iter().map(|p| p.number).collect();
        let mut count = 0;
        for page in self.pages {
            if let Some(entry) = table.get_mut((page.number - first) as usize) {
                *entry = lines.len() as u32;
            }
            for words in page.words.chunks_exact(LINE_WORDS) {
                let mut line = Line([count; 8]);
                for (to, &from) in line.0.iter_mut().skip(1).zip(words) {
                    *to = from;
                    count += u64::from(from.count_ones());
                }
                lines.push(line);
            }
        }
        AddressIndex {
            length: count as usize,
            form: Form::Rank(Rank {
                shift: self.shift,
                first,
                table,
                numbers,
                lines,
            }),
        }
    }
}

impl Page {
    fn addresses(&self, shift: u32) -> impl Iterator<Item = u64> + '_ {
        let base = self.number * PAGE_LINES * LINE_BITS;
        self.words.iter().enumerate().flat_map(move |(i, &word)| {
            let (line, in_line) = (i / LINE_WORDS, i % LINE_WORDS);
            let start = base + line as u64 * LINE_BITS + in_line as u64 * 64;
            bits(word).map(move |bit| (start + u64::from(bit)) << shift)
        })
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Positions of the set bits, ascending.
fn bits(word: u64) -> impl Iterator<Item = u32> {
    let mut rest = word;
    std::iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let bit = rest.trailing_zeros();
        rest &= rest - 1;
        Some(bit)
    })
}

/// All addresses of a dump; each has its rank as a number.
#[derive(Debug, Default)]
pub struct AddressIndex {
    length: usize,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Rank(Rank),
    List(Vec<u64>),
}

impl Default for Form {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

#[derive(Debug)]
struct Rank {
    shift: u32,
    /// Number of the first page.
    first: u64,
    /// Page → its first line.
    table: Vec<u32>,
    /// Numbers of the pages that exist, ascending.
    numbers: Vec<u64>,
    lines: Vec<Line>,
}

/// Word 0: addresses before this line; words 1…7: bits.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

impl Rank {
    #[inline]
    fn index_of(&self, address: u64) -> Option<u32> {
        let slot = address >> self.shift;
        if slot << self.shift != address {
            return None;
        }
        let (line, bit) = (slot / LINE_BITS, slot % LINE_BITS);
        let page = (line / PAGE_LINES).checked_sub(self.first)?;
        let start = *self.table.get(usize::try_from(page).ok()?)?;
        let Line(words) = self.lines.get(start as usize + (line % PAGE_LINES) as usize)?;
        let (word, bit) = (1 + (bit / 64) as usize, bit % 64);
        let here = *words.get(word)?;
        if here >> bit & 1 == 0 {
            return None;
        }
        let mut rank = words[0] + u64::from((here & ((1 << bit) - 1)).count_ones());
        for before in words.get(1..word)? {
            rank += u64::from(before.count_ones());
        }
        Some(rank as u32)
    }

    fn address_of(&self, index: u32) -> Option<u64> {
        let wanted = u64::from(index);
        let line = self
            .lines
            .partition_point(|Line(words)| words[0] <= wanted)
            .checked_sub(1)?;
        let Line(words) = self.lines.get(line)?;
        let mut before = words[0];
        let in_line = self.slots_of(line)?;
        for (i, &word) in words.iter().enumerate().skip(1) {
            let count = u64::from(word.count_ones());
            if wanted < before + count {
                let bit = bits(word).nth((wanted - before) as usize)?;
                return Some((in_line + (i as u64 - 1) * 64 + u64::from(bit)) << self.shift);
            }
            before += count;
        }
        None
    }

    /// First slot of a line.
    fn slots_of(&self, line: usize) -> Option<u64> {
        let page = self.numbers.get(line / PAGE_LINES as usize)?;
        Some((page * PAGE_LINES + line as u64 % PAGE_LINES) * LINE_BITS)
    }

    fn addresses(&self) -> impl Iterator<Item = u64> + '_ {
        let pages = self.numbers.iter().zip(self.lines.chunks(PAGE_LINES as usize));
        pages.flat_map(move |(page, lines)| {
            let first = page * PAGE_LINES * LINE_BITS;
            lines.iter().enumerate().flat_map(move |(i, Line(words))| {
                words.iter().skip(1).enumerate().flat_map(move |(word, &set)| {
                    let base = first + i as u64 * LINE_BITS + word as u64 * 64;
                    bits(set).map(move |bit| (base + u64::from(bit)) << self.shift)
                })
            })
        })
    }
}

impl AddressIndex {
    /// Number of addresses.
    pub fn len(&self) -> usize {
        self.length
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The number of an address, `None` when no object has it.
    #[inline]
    pub fn index_of(&self, address: u64) -> Option<u32> {
        match &self.form {
            Form::Rank(rank) => rank.index_of(address),
            Form::List(list) => list.binary_search(&address).ok().map(|i| i as u32),
        }
    }

    /// The address with this number.
    pub fn address_of(&self, index: u32) -> Option<u64> {
        match &self.form {
            Form::Rank(rank) => rank.address_of(index),
            Form::List(list) => list.get(index as usize).copied(),
        }
    }

    /// All addresses, ascending.
    pub fn addresses(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match &self.form {
            Form::Rank(rank) => Box::new(rank.addresses()),
            Form::List(list) => Box::new(list.iter().copied()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[u64], shift: u32) {
        let mut halves = [Collector::new(shift), Collector::new(shift)];
        for (i, &a) in addresses.iter().enumerate() {
            halves[i % 2].insert(a);
        }
        let [mut all, other] = halves;
        all.merge(other);
        let index = all.finish();
        let mut sorted = addresses.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(index.len(), sorted.len());
        assert_eq!(index.addresses().collect::<Vec<_>>(), sorted);
        for (i, &a) in sorted.iter().enumerate() {
            assert_eq!(index.index_of(a), Some(i as u32));
            assert_eq!(index.address_of(i as u32), Some(a));
            if !sorted.contains(&(a + 1)) {
                assert_eq!(index.index_of(a + 1), None);
            }
        }
    }

    #[test]
    fn ranks_of_near_and_far_addresses() {
        check(&[], 3);
        check(&[0, 8, 16, 0x7_0000_0000, 0x7_0000_0008, 0x7_0100_0000], 3);
        let mut state = 1u64;
        let random: Vec<u64> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 40) << 3
        })
        .take(2000)
        .collect();
        check(&random, 3);
    }

    #[test]
    fn falls_back_to_a_list() {
        check(&[1, 8, 0xFFFF_FFFF_FFFF_FFF0, 3], 3);
        check(&[8, 0xFFFF_FFFF_FFFF_FFF0], 3);
        let scattered: Vec<u64> = (0..9000u64).map(|i| i << 40).collect();
        check(&scattered, 3);
    }
}
