//! From HPROF bytes to the object graph.

pub mod layout;
pub mod link;
pub mod plan;
pub mod scan;
pub mod tally;
mod true_sizes;
pub mod values;

use super::{
    facts::{HeapOptions, SizeRule, TrueSizes},
    graph::Graph,
    memory::Memory,
};
use goldenhour_parsers::{
    Gap,
    hprof::{Root, RootKind},
};
use plan::{Cuts, Plan};
use values::Values;

/// A dump read into columns, with the means to look values up.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// The graph.
    pub graph: Graph,
    /// Values of chosen objects.
    pub values: Values<'a>,
    /// Thread roots: thread object and stack trace.
    pub threads: Vec<Root>,
    /// Object records read.
    pub records: u64,
    /// Locals of threads and other roots that name a thread.
    pub locals: Vec<Root>,
    /// Damaged places of this dump.
    pub gaps: Vec<Gap>,
    /// What the sizes rest on, when they are the VM's own.
    pub true_sizes: Option<TrueSizes>,
}

/// Reads the dump with this 0-based number.
///
/// # Errors
/// When there is no such dump, it has more objects than the engine numbers, or there is no memory.
pub fn load<'a>(plan: &'a Plan<'a>, dump: usize, options: &HeapOptions) -> Result<Loaded<'a>, Gap> {
    match plan.id_size {
        8 => load_width::<8>(plan, dump, options),
        _ => load_width::<4>(plan, dump, options),
    }
}

fn load_width<'a, const W: usize>(plan: &'a Plan<'a>, dump: usize, options: &HeapOptions) -> Result<Loaded<'a>, Gap> {
    let mut chunks = plan.chunks::<W>(dump, Cuts::Guessed);
    let mut scan = scan::scan::<W>(&chunks);
    if !scan.gaps.is_empty() {
        // A wrong guess looks like damage; what remains with borders that are sure is damage.
        chunks = plan.chunks::<W>(dump, Cuts::Walked);
        scan = scan::scan::<W>(&chunks);
    }
    let (mut layout, index) = layout::lay_out(&mut scan, plan);
    let true_sizes = (options.sizes == SizeRule::Jvm)
        .then(|| true_sizes::apply::<W>(&chunks, &scan.blocks, &mut layout, &index, plan));
    if let Some(watch) = &options.watch {
        watch.counted(index.len() as u64, Memory::needed(index.len(), options.memory_limit));
    }
    let graph = link::link::<W>(&chunks, &scan, &layout, index, plan, options.memory_limit)?;
    let threads = scan
        .roots
        .iter()
        .filter(|r| r.kind == RootKind::ThreadObject)
        .copied()
        .collect();
    let locals = scan.roots.iter().filter(|r| r.kind == RootKind::JavaFrame);
    Ok(Loaded {
        graph,
        locals: locals.copied().collect(),
        threads,
        true_sizes,
        records: scan.objects,
        gaps: scan.gaps,
        values: Values {
            plan,
            chunks,
            blocks: scan.blocks,
            layout,
        },
    })
}
