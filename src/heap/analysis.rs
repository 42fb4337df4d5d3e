//! One dump, fully computed: graph, dominators, and the counts that everything else builds on.

use super::{
    dominators::{Dominators, dominators},
    facts::Population,
    graph::{Graph, NONE, unpack_size},
    order::{Order, order},
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

/// The graph of a dump with its dominator tree.
#[derive(Debug)]
pub struct Analysis {
    /// Columns of objects. The reference columns are spent.
    pub graph: Graph,
    /// Preorder numbers.
    pub order: Order,
    /// Dominators and retained sizes, by number.
    pub dominators: Dominators,
}

impl Analysis {
    /// Computes dominators over a graph.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn new(mut graph: Graph) -> io::Result<Self> {
        let mut order = order(&mut graph)?;
        let dominators = dominators(&graph, &mut order)?;
        Ok(Self {
            graph,
            order,
            dominators,
        })
    }

    /// Of nothing.
    pub fn empty() -> Self {
        Self {
            graph: Graph::default(),
            order: Order::default(),
            dominators: Dominators::default(),
        }
    }

    /// Bytes of everything reachable.
    pub fn total(&self) -> u64 {
        self.dominators.retained(0)
    }

    /// Reachable objects.
    pub fn objects(&self) -> u64 {
        (self.order.len() as u64).saturating_sub(1)
    }

    /// The number of an object, `None` when nothing reaches it.
    pub fn number(&self, object: u32) -> Option<u32> {
        self.order.number.get(object as usize).copied().filter(|&n| n != 0)
    }

    /// The object with this number, [`NONE`] for the virtual root.
    pub fn object(&self, number: u32) -> u32 {
        self.order.object.get(number as usize).copied().unwrap_or(NONE)
    }

    /// Class number of what has this number.
    #[inline]
    pub fn class(&self, number: u32) -> u32 {
        self.order.class.get(number as usize).copied().unwrap_or(NONE)
    }

    /// Shallow bytes of what has this number.
    #[inline]
    pub fn shallow(&self, number: u32) -> u64 {
        self.order
            .size
            .get(number as usize)
            .map_or(0, |&size| unpack_size(size))
    }

    /// Class number of a reachable object, else [`NONE`].
    pub fn class_of(&self, object: u32) -> u32 {
        self.number(object).map_or(NONE, |n| self.class(n))
    }

    /// Name of a reachable object as reports show it: `a.b.C`, or `class a.b.C` for a class object.
    pub fn label(&self, object: u32) -> String {
        match self.graph.classes.of_object(object) {
            Some(class) => format!("class {}", self.graph.classes.name(class)),
            None => self.graph.classes.name(self.class_of(object)).to_owned(),
        }
    }

    /// Class name of a reachable object; for a class object the name of that class.
    pub fn role_name(&self, object: u32) -> String {
        let class = self.graph.classes.of_object(object);
        self.graph
            .classes
            .name(class.unwrap_or_else(|| self.class_of(object)))
            .to_owned()
    }

    /// Retained bytes of an object, 0 when unreachable.
    pub fn retained_of(&self, object: u32) -> u64 {
        self.number(object).map_or(0, |n| self.dominators.retained(n))
    }

    /// Share of the reachable heap.
    pub fn share(&self, bytes: u64) -> f64 {
        if self.total() == 0 {
            0.0
        } else {
            bytes as f64 / self.total() as f64
        }
    }

    /// Reachable classes.
    pub fn class_count(&self) -> u64 {
        let classes = self.graph.classes.all();
        classes.iter().filter(|c| self.number(c.object).is_some()).count() as u64
    }

    /// What `number` dominates directly, most retained first, at most `most`, and how many there are.
    pub fn dominated(&self, number: u32, most: usize) -> (Vec<u32>, u64) {
        let mut children: Vec<u32> = Vec::new();
        let mut count = 0;
        // A dominator is numbered before what it dominates.
        let after = number as usize + 1;
        let dominators = self.dominators.dominator.get(after..).unwrap_or_default();
        for (i, _) in dominators.iter().enumerate().filter(|(_, d)| **d == number) {
            count += 1;
            children.push((after + i) as u32);
            if children.len() >= 2 * most.max(1) {
                self.keep_largest(&mut children, most);
            }
        }
        self.keep_largest(&mut children, most);
        (children, count)
    }

    fn keep_largest(&self, numbers: &mut Vec<u32>, most: usize) {
        numbers.sort_unstable_by_key(|&n| (std::cmp::Reverse(self.dominators.retained(n)), n));
        numbers.truncate(most);
    }

    /// Class loaders as MAT counts them (HEAP_ORACLE §3.6.4): loaders of reachable classes and reachable instances of
    /// `java.lang.ClassLoader`.
    pub fn loader_objects(&self) -> Vec<u32> {
        let classes = &self.graph.classes;
        let is_loader = classes.with_ancestor(&["java.lang.ClassLoader"]);
        let mut loaders: HashSet<u32> = classes
            .all()
            .iter()
            .filter(|c| self.number(c.object).is_some())
            .map(|c| c.loader)
            .collect();
        for (&class, &object) in self.order.class.iter().zip(self.order.object.iter()).skip(1) {
            if is_loader.get(class as usize) == Some(&true) {
                loaders.insert(object);
            }
        }
        loaders.remove(&NONE);
        let mut loaders: Vec<u32> = loaders.into_iter().collect();
        loaders.sort_unstable();
        loaders
    }

    /// What no root reaches; made-up objects do not count.
    pub fn unreachable(&self) -> Population {
        let mut all = Population::default();
        for class in &self.order.unreachable {
            all.objects += class.objects;
            all.shallow += class.shallow;
        }
        all
    }

    /// Writes `addr class shallow retained dominator` of every reachable object, by address (CONTRACT §5).
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn export(&self, out: &mut impl Write) -> io::Result<()> {
        for (object, address) in self.graph.index.addresses().enumerate() {
            let Some(number) = self.number(object as u32) else {
                continue;
            };
            let (shallow, retained) = (self.shallow(number), self.dominators.retained(number));
            let label = self.label(object as u32);
            match self.object(self.dominators.of(number)) {
                NONE => writeln!(out, "0x{address:x}\t{label}\t{shallow}\t{retained}\t-")?,
                above => {
                    let above = self.graph.address(above);
                    writeln!(out, "0x{address:x}\t{label}\t{shallow}\t{retained}\t0x{above:x}")?;
                }
            }
        }
        Ok(())
    }
}
