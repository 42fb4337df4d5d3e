//! Depth-first numbering of what the roots reach (PERFORMANCE §5.7).
//!
//! The search collects every reference that is no tree edge as it meets it, so no second sweep builds the inverse
//! graph. The reference from an object to its class is implied by the class column.

use super::graph::{Graph, LAST, NONE};

/// Preorder numbers: 0 is the virtual root above all roots, 1… the reachable objects.
#[derive(Debug, Default)]
pub struct Order {
    /// Object → its number, 0 when nothing reaches it.
    pub number: Vec<u32>,
    /// Number → object; [`NONE`] for the virtual root.
    pub object: Vec<u32>,
    /// Number → number of the object it was first reached from.
    pub parent: Vec<u32>,
    /// References that are no tree edges: (from, to) as numbers. References to classes by their instances not included.
    pub pairs: Vec<(u32, u32)>,
    /// For each class whose class object is no root: the numbers of its instances.
    pub instances: Vec<Vec<u32>>,
}

impl Order {
    /// Reachable objects and the virtual root.
    pub fn len(&self) -> usize {
        self.object.len()
    }

    /// True when not even the virtual root is there.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }
}

/// Numbers what the roots reach. Takes the columns of references: nothing needs them afterwards.
pub fn order(graph: &mut Graph) -> Order {
    let state = std::mem::take(&mut graph.start);
    let refs = std::mem::take(&mut graph.refs);
    Search::new(graph, state, refs).run()
}

struct Search<'g> {
    graph: &'g Graph,
    refs: Vec<u32>,
    /// Start of an object's references, or [`LAST`] with its number; [`LAST`] alone: a root still to be numbered.
    state: Vec<u32>,
    /// Class object of each class.
    class_object: Vec<u32>,
    /// Classes whose class object is a root.
    rooted: Vec<bool>,
    /// Classes whose class object is numbered or a root.
    settled: Vec<bool>,
    /// Where to go on: position in the references, and whose they are.
    stack: Vec<(u32, u32)>,
    out: Order,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, state: Vec<u32>, refs: Vec<u32>) -> Self {
        let class_object: Vec<u32> = graph.classes.all().iter().map(|c| c.object).collect();
        let rooted: Vec<bool> = class_object
            .iter()
            .map(|&o| graph.roots.binary_search_by_key(&o, |r| r.object).is_ok())
            .collect();
        let classes = class_object.len();
        Self {
            graph,
            refs,
            state,
            class_object,
            settled: rooted.clone(),
            rooted,
            stack: Vec::new(),
            out: Order {
                object: vec![NONE],
                parent: vec![0],
                instances: vec![Vec::new(); classes],
                ..Order::default()
            },
        }
    }

    fn run(mut self) -> Order {
        let mut roots: Vec<(u32, u32)> = Vec::with_capacity(self.graph.roots.len());
        for root in &self.graph.roots {
            if let Some(state) = self.state.get_mut(root.object as usize)
                && *state & LAST == 0
            {
                roots.push((root.object, *state));
                *state = LAST;
            }
        }
        for (root, start) in roots {
            self.enter(root, start, 0);
            self.drain();
        }
        let mut number = self.state;
        for state in &mut number {
            *state = if *state & LAST == 0 { 0 } else { *state & !LAST };
        }
        self.out.number = number;
        self.out
    }

    fn drain(&mut self) {
        while let Some((position, owner)) = self.stack.pop() {
            self.follow(position as usize, owner);
        }
    }

    /// Goes through references from `position` on until one leads to a new object.
    #[inline]
    fn follow(&mut self, mut position: usize, owner: u32) {
        while let Some(&reference) = self.refs.get(position) {
            let target = reference & !LAST;
            let state = self.state.get(target as usize).copied().unwrap_or(LAST);
            if state & LAST == 0 {
                // The last reference leaves nothing to come back to: a list of any length needs no stack.
                if reference & LAST == 0 {
                    self.stack.push((position as u32 + 1, owner));
                }
                self.enter(target, state, owner);
                return;
            }
            if state != LAST {
                self.out.pairs.push((owner, state & !LAST));
            }
            if reference & LAST != 0 {
                return;
            }
            position += 1;
        }
    }

    /// Numbers a new object, and its class and the class's class when they are new too.
    #[inline]
    fn enter(&mut self, object: u32, start: u32, parent: u32) {
        let (mut object, mut start, mut parent) = (object, start, parent);
        loop {
            let number = self.out.object.len() as u32;
            if let Some(state) = self.state.get_mut(object as usize) {
                *state = LAST | number;
            }
            self.out.object.push(object);
            self.out.parent.push(parent);
            if start != 0 {
                self.stack.push((start, number));
            }
            let class = self.graph.class(object) as usize;
            if self.rooted.get(class).is_none_or(|&r| r) {
                return;
            }
            if let Some(instances) = self.out.instances.get_mut(class) {
                instances.push(number);
            }
            if self.settled.get(class).is_none_or(|&s| s) {
                return;
            }
            if let Some(settled) = self.settled.get_mut(class) {
                *settled = true;
            }
            let class_object = self.class_object.get(class).copied().unwrap_or(NONE);
            match self.state.get(class_object as usize) {
                Some(&state) if state & LAST == 0 => (object, start, parent) = (class_object, state, number),
                _ => return,
            }
        }
    }
}
