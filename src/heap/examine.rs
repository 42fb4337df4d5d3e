//! From an artefact to facts: opens each dump, computes it, and hands graph and facts to whoever asks.

use super::{
    analysis::Analysis,
    facts::{FieldValue, HeapFacts, HeapOptions, SizeRule},
    graph::Graph,
    hprof::{
        self,
        plan::Plan,
        values::{Field, Value, Values, frames},
    },
    inside, locals,
    names::Names,
    phd, summary, suspects, watch,
};
use crate::evidence::Artefact;
use goldenhour_parsers::{CHINA, Gap, Reason, Stamp, hprof::Root};
use std::collections::{BTreeMap, HashMap};

/// Frames shown of a stack.
const MAX_FRAMES: usize = 64;
/// Gaps kept.
const MAX_GAPS: usize = 1000;

/// One dump with everything that was computed.
#[derive(Debug)]
pub struct Examined<'a> {
    /// Graph, numbers, dominators.
    pub analysis: Analysis,
    /// Values of objects, HPROF only.
    pub values: Option<&'a Values<'a>>,
    /// The facts.
    pub facts: HeapFacts,
}

impl Examined<'_> {
    /// Fields of an object, inherited ones too; of a class its static fields. Empty without values (PHD) and for arrays.
    pub fn fields(&self, address: u64) -> Vec<FieldValue> {
        let Some(values) = self.values else {
            return Vec::new();
        };
        let statics = values.statics(address);
        let own = values.fetch(&[address]);
        let fields = own
            .get(&address)
            .map(|record| values.fields(record))
            .unwrap_or_default();
        let fields: Vec<Field> = statics.into_iter().chain(fields).collect();
        let targets: Vec<u64> = fields.iter().filter_map(Field::target).collect();
        let texts = values.texts(&self.strings_among(&targets));
        fields.iter().map(|field| self.shown(field, &texts)).collect()
    }

    fn strings_among(&self, addresses: &[u64]) -> Vec<u64> {
        let graph = &self.analysis.graph;
        let is_string = |a: &u64| {
            let object = graph.index.index_of(*a);
            object.is_some_and(|o| graph.classes.name(self.analysis.class_of(o)) == "java.lang.String")
        };
        addresses.iter().copied().filter(is_string).collect()
    }

    fn shown(&self, field: &Field, texts: &HashMap<u64, String>) -> FieldValue {
        let value = match field.value {
            Value::Reference(0) => "null".to_owned(),
            Value::Reference(to) => match (texts.get(&to), self.analysis.graph.index.index_of(to)) {
                (Some(text), _) => format!("\"{text}\""),
                (None, Some(object)) => format!("{} @ 0x{to:x}", self.analysis.label(object)),
                (None, None) => format!("0x{to:x}"),
            },
            Value::Number(bits) => number(field.kind, bits),
        };
        FieldValue {
            name: field.name.clone(),
            kind: goldenhour_parsers::hprof::type_name(field.kind)
                .unwrap_or("Object")
                .to_owned(),
            value,
        }
    }

    /// What an object says of itself; not masked.
    pub fn label(&self, address: u64) -> Option<String> {
        let peek = inside::Peek::new(&self.analysis, self.values?);
        peek.labels(&[address]).remove(&address)
    }

    /// From a root to the object with this number, one step a line.
    pub fn path_to(&self, number: u32) -> Vec<String> {
        let names = self
            .values
            .map(|values| Names::of_values(values, &[]))
            .unwrap_or_default();
        names.path(&self.analysis, &suspects::path_to(&self.analysis, number))
    }
}

/// A primitive value of HPROF type `kind` from its bits.
fn number(kind: u8, bits: u64) -> String {
    match kind {
        4 => (bits != 0).to_string(),
        5 => char::from_u32(bits as u32).map_or_else(|| bits.to_string(), |c| format!("'{c}'")),
        6 => f32::from_bits(bits as u32).to_string(),
        7 => f64::from_bits(bits).to_string(),
        8 => (bits as i8).to_string(),
        9 => (bits as i16).to_string(),
        10 => (bits as i32).to_string(),
        _ => (bits as i64).to_string(),
    }
}

/// Computes the dump that `options.dump` picks, else every dump of the file, and gives each to `show`.
pub fn examine(artefact: &Artefact, options: &HeapOptions, mut show: impl FnMut(&Examined<'_>)) {
    let bytes = artefact.bytes();
    if goldenhour_parsers::phd::is_phd(bytes) {
        show(&examine_phd(artefact, bytes, options));
        return;
    }
    let plan = match Plan::read(bytes) {
        Ok(plan) => plan,
        Err(gap) => return show(&unreadable(artefact, "hprof", gap)),
    };
    let count = plan.dumps.len();
    if count == 0 {
        let expected = "the rest of an object record";
        let gap = Gap::new(bytes.len() as u64, 0, Reason::Truncated { expected });
        return show(&unreadable(artefact, "hprof", gap));
    }
    let wanted = match options.dump {
        Some(HeapOptions::LAST) => count - 1..count,
        Some(number) => number.max(1) as usize - 1..number.max(1) as usize,
        None => 0..count,
    };
    for dump in wanted.start.min(count)..wanted.end.min(count) {
        examine_hprof(artefact, &plan, dump, options, &mut show);
    }
}

/// The scans are about half of the work; what is known then is told to whoever waits.
fn tell_early(artefact: &Artefact, graph: &Graph, options: &HeapOptions) {
    artefact.advance(artefact.bytes().len() as u64 / 2);
    if let Some(watch) = &options.watch {
        watch.early(&watch::early(graph));
    }
}

/// The gap that stands for a dump too large for the memory there is.
pub(super) fn no_memory(length: u64, error: &std::io::Error) -> Gap {
    let what = format!("the memory of this machine ({error})");
    Gap::new(0, length, Reason::Limit { what })
}

fn unreadable(artefact: &Artefact, format: &'static str, gap: Gap) -> Examined<'static> {
    Examined {
        analysis: Analysis::empty(),
        values: None,
        facts: HeapFacts {
            artefact: Some(artefact.id),
            dump: 1,
            dumps_in_file: 1,
            format,
            gaps: vec![gap],
            ..HeapFacts::default()
        },
    }
}

fn examine_hprof(
    artefact: &Artefact,
    plan: &Plan<'_>,
    dump: usize,
    options: &HeapOptions,
    show: &mut impl FnMut(&Examined<'_>),
) {
    if options.histogram_only && options.sizes == SizeRule::Mat {
        return show(&histogram_only(artefact, plan, dump, options));
    }
    let loaded = match hprof::load(plan, dump, options) {
        Ok(loaded) => loaded,
        Err(gap) => return show(&unreadable(artefact, "hprof", gap)),
    };
    let mut facts = HeapFacts {
        artefact: Some(artefact.id),
        dump: dump as u32 + 1,
        dumps_in_file: plan.dumps.len() as u32,
        format: "hprof",
        written: Stamp::from_epoch_millis(plan.millis as i64, CHINA),
        true_sizes: loaded.true_sizes,
        gaps: plan.gaps.iter().chain(&loaded.gaps).take(MAX_GAPS).cloned().collect(),
        ..HeapFacts::default()
    };
    facts.coverage = coverage(plan.length as u64, &facts.gaps);
    if options.histogram_only {
        return show(&whole_histogram(&loaded.graph, facts, options));
    }
    tell_early(artefact, &loaded.graph, options);
    let analysis = match Analysis::new(loaded.graph) {
        Ok(analysis) => analysis,
        Err(error) => return show(&unreadable(artefact, "hprof", no_memory(plan.length as u64, &error))),
    };
    let threads: Vec<u64> = loaded.threads.iter().map(|r| r.object).collect();
    let names = Names::of_values(&loaded.values, &threads);
    let (suspects, ()) = rayon::join(
        || suspects::suspects(&analysis, &names, None, false),
        || fill(&mut facts, &analysis, options),
    );
    facts.suspects = suspects;
    let traces: HashMap<u64, u32> = loaded.threads.iter().map(|r: &Root| (r.object, r.detail)).collect();
    let stacks = |address: u64| {
        let frames = traces
            .get(&address)
            .map(|&t| frames(plan, t, MAX_FRAMES))
            .unwrap_or_default();
        // HotSpot puts the error's constructor on top of the stack that ran out (FORMAT_FACTS §1.5).
        let failed = frames
            .first()
            .is_some_and(|f| f.starts_with("java.lang.OutOfMemoryError.<init>"));
        (frames, failed)
    };
    let mut objects: Vec<u32> = threads
        .iter()
        .filter_map(|&a| analysis.graph.index.index_of(a))
        .collect();
    objects.retain(|&o| analysis.number(o).is_some() && !analysis.graph.made_up.contains(&o));
    objects.sort_unstable();
    objects.dedup();
    facts.threads = summary::threads(&analysis, &names, &objects, stacks, options.top);
    facts.class_loaders = summary::loaders(&analysis, |l| loader_labels(&loaded.values, l), options.top);
    facts.inside = inside::look(&analysis, Some(&loaded.values), &facts.class_loaders, options);
    let peek = inside::Peek::new(&analysis, &loaded.values);
    locals::add(&peek, &loaded.threads, &loaded.locals, &mut facts);
    locals::label(&peek, &mut facts);
    show(&Examined {
        analysis,
        values: Some(&loaded.values),
        facts,
    });
}

/// Classes only: all objects of the dump, reachable or not.
fn histogram_only(artefact: &Artefact, plan: &Plan<'_>, dump: usize, options: &HeapOptions) -> Examined<'static> {
    let mut counted = hprof::tally::histogram(plan, dump);
    if !options.every_class {
        counted.rows.truncate(options.top);
    }
    let gaps: Vec<Gap> = plan.gaps.iter().chain(&counted.gaps).take(MAX_GAPS).cloned().collect();
    Examined {
        analysis: Analysis::empty(),
        values: None,
        facts: HeapFacts {
            artefact: Some(artefact.id),
            dump: dump as u32 + 1,
            dumps_in_file: plan.dumps.len() as u32,
            format: "hprof",
            written: Stamp::from_epoch_millis(plan.millis as i64, CHINA),
            objects: counted.objects,
            shallow: counted.shallow,
            classes: counted.classes,
            coverage: coverage(plan.length as u64, &gaps),
            histogram: counted.rows,
            gaps,
            ..HeapFacts::default()
        },
    }
}

/// The same by the VM's own sizes, which only the graph has.
fn whole_histogram(graph: &Graph, mut facts: HeapFacts, options: &HeapOptions) -> Examined<'static> {
    facts.histogram = summary::all_objects(graph);
    facts.objects = facts.histogram.iter().map(|r| r.objects).sum();
    facts.shallow = facts.histogram.iter().map(|r| r.shallow).sum();
    facts.classes = graph.classes.all().len() as u64;
    if !options.every_class {
        facts.histogram.truncate(options.top);
    }
    Examined {
        analysis: Analysis::empty(),
        values: None,
        facts,
    }
}

fn examine_phd(artefact: &Artefact, bytes: &[u8], options: &HeapOptions) -> Examined<'static> {
    let companion = options.companion.as_ref();
    let loaded = match phd::load(bytes, companion, options.memory_limit, options.sizes) {
        Ok(loaded) => loaded,
        Err(gap) => return unreadable(artefact, "phd", gap),
    };
    let mut facts = HeapFacts {
        artefact: Some(artefact.id),
        dump: 1,
        dumps_in_file: 1,
        format: "phd",
        roots_inferred: true,
        gaps: loaded.gaps,
        ..HeapFacts::default()
    };
    facts.coverage = coverage(bytes.len() as u64, &facts.gaps);
    tell_early(artefact, &loaded.graph, options);
    let analysis = match Analysis::new(loaded.graph) {
        Ok(analysis) => analysis,
        Err(error) => return unreadable(artefact, "phd", no_memory(bytes.len() as u64, &error)),
    };
    let told = companion.map(|c| c.threads.as_slice()).unwrap_or_default();
    let names = Names::of_threads(told);
    fill(&mut facts, &analysis, options);
    facts.suspects = suspects::suspects(&analysis, &names, companion, true);
    let is_thread = analysis.graph.classes.with_ancestor(&["java.lang.Thread"]);
    let objects: Vec<u32> = (1..analysis.order.len() as u32)
        .filter(|&n| is_thread.get(analysis.class(n) as usize) == Some(&true))
        .map(|n| analysis.object(n))
        .collect();
    let failing = companion.and_then(|c| c.failing_thread.clone());
    let stacks = |address: u64| (Vec::new(), failing.is_some() && names.thread(address) == failing);
    facts.threads = summary::threads(&analysis, &names, &objects, stacks, options.top);
    facts.class_loaders = summary::loaders(&analysis, |_| BTreeMap::new(), options.top);
    facts.inside = inside::look(&analysis, None, &facts.class_loaders, options);
    Examined {
        analysis,
        values: None,
        facts,
    }
}

/// Counts and lists that need no names.
fn fill(facts: &mut HeapFacts, analysis: &Analysis, options: &HeapOptions) {
    facts.objects = analysis.objects();
    facts.shallow = analysis.total();
    facts.classes = analysis.class_count();
    facts.loaders = analysis.loader_objects().len() as u64;
    facts.unreachable = analysis.unreachable();
    facts.roots = analysis
        .graph
        .root_counts
        .iter()
        .map(|&(reason, count)| (reason.name(), count))
        .collect();
    facts.histogram = summary::histogram(analysis, options.top, options.every_class);
    facts.dominators = summary::top_dominators(analysis, options.top);
}

/// Share of the dump that was read: bytes not in a gap over all bytes, those that the gaps say are missing included.
fn coverage(length: u64, gaps: &[Gap]) -> f64 {
    let mut lost = 0;
    let mut missing = 0;
    for gap in gaps {
        let inside = length.saturating_sub(gap.offset).min(gap.length);
        lost += inside;
        missing += gap.length - inside;
    }
    let whole = length.saturating_add(missing).max(1);
    length.saturating_sub(lost) as f64 / whole as f64
}

/// What a loader says of itself: the first text among a few usual fields.
fn loader_labels(values: &Values<'_>, loaders: &[u64]) -> BTreeMap<u64, String> {
    const FIELDS: [&str; 7] = [
        "contextName",
        "applicationName",
        "appName",
        "moduleName",
        "displayName",
        "id",
        "name",
    ];
    let mut texts = BTreeMap::new();
    for (&loader, record) in &values.fetch(loaders) {
        let fields: Vec<Field> = values.fields(record);
        let text = FIELDS.iter().find_map(|wanted| {
            fields.iter().find_map(|f| match f.value {
                Value::Reference(to) if to != 0 && f.name == *wanted => Some(to),
                _ => None,
            })
        });
        texts.extend(text.map(|t| (loader, t)));
    }
    let read = values.texts(&texts.values().copied().collect::<Vec<_>>());
    texts
        .into_iter()
        .filter_map(|(l, t)| Some((l, read.get(&t)?.clone())))
        .collect()
}
