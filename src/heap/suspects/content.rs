//! What has piled up in an accumulator: one pass over what it dominates.

use super::kinds::{Kind, Kinds};
use crate::heap::analysis::Analysis;
use std::collections::HashMap;

/// The elements of an accumulator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Class of the elements that retain most.
    pub class: u32,
    /// How many of them.
    pub count: u64,
    /// What they retain.
    pub retained: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Outside,
    Structure,
    Element,
}

/// Elements among what `accumulator` (a number) dominates: what remains after tables, nodes, wrappers and inner
/// collections are looked through. Objects of the accumulator's own class, when it is no collection, are its nodes.
pub(super) fn content(analysis: &Analysis, kinds: &Kinds, accumulator: u32) -> Content {
    let own_class = analysis.class(accumulator);
    let own_kind = kinds.of(own_class);
    let node_class = (own_kind == Kind::Plain).then_some(own_class);
    let mut roles = vec![Role::Structure];
    let mut tally: HashMap<u32, (u64, u64)> = HashMap::new();
    let mut number = accumulator + 1;
    // Preorder: everything below the accumulator comes right after it, and its dominator before it.
    while let Some(&parent) = analysis.order.parent.get(number as usize) {
        if parent < accumulator {
            break;
        }
        let above = analysis.dominators.of(number);
        let above_role = above
            .checked_sub(accumulator)
            .and_then(|i| roles.get(i as usize).copied());
        let role = match above_role {
            Some(Role::Structure) => {
                let class = analysis.class(number);
                if is_structure(analysis, kinds, class, above, node_class) {
                    Role::Structure
                } else {
                    let (count, retained) = tally.entry(class).or_default();
                    *count += 1;
                    *retained += analysis.dominators.retained(number);
                    Role::Element
                }
            }
            _ => Role::Outside,
        };
        roles.push(role);
        number += 1;
    }
    let mut elements: Vec<_> = tally.into_iter().collect();
    elements.sort_unstable_by_key(|&(class, (count, retained))| {
        (std::cmp::Reverse(retained), std::cmp::Reverse(count), class)
    });
    let whole = analysis.dominators.retained(accumulator);
    match elements.first() {
        // Nodes that carry their data themselves: the elements beside them are trifles.
        Some(&(class, (count, retained))) if node_class.is_none() || retained * 10 >= whole => {
            Content { class, count, retained }
        }
        _ => Content {
            class: own_class,
            count: 1,
            retained: whole,
        },
    }
}

fn is_structure(analysis: &Analysis, kinds: &Kinds, class: u32, above: u32, node_class: Option<u32>) -> bool {
    match kinds.of(class) {
        Kind::Inside | Kind::Carrier | Kind::Collection => true,
        // The array inside a collection is its table; an array elsewhere is an element.
        Kind::Array => kinds.of(analysis.class(above)) == Kind::Collection,
        Kind::Plain => node_class == Some(class),
    }
}
