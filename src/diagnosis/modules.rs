//! Business modules by the site file: which of them a piece of code or a path belongs to.

use super::verdict::Finding;
use crate::site::{Module, Site};
use serde_json::Value;

/// The module of a class, frame or path; the longest prefix wins.
pub fn of<'s>(site: &'s Site, name: &str) -> Option<(&'s str, &'s Module)> {
    site.modules
        .iter()
        .filter_map(|(module, m)| Some((longest(m, name)?, module.as_str(), m)))
        .max_by_key(|(length, module, _)| (*length, std::cmp::Reverse(*module)))
        .map(|(_, module, m)| (module, m))
}

/// Length of the longest prefix of the module that the name begins with, at a border of names.
fn longest(module: &Module, name: &str) -> Option<usize> {
    let border = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            prefix.ends_with(['.', '/']) || rest.is_empty() || rest.starts_with(['.', '/', '?', '$'])
        })
    };
    module
        .packages
        .iter()
        .chain(&module.paths)
        .filter(|prefix| border(prefix))
        .map(String::len)
        .max()
}

/// The module that a finding is about: by the code it names, else by its subject.
pub fn of_finding<'s>(site: &'s Site, finding: &Finding) -> Option<&'s str> {
    const CODE: [&str; 5] = ["frame", "method", "holder_class", "content_class", "lock_class"];
    CODE.iter()
        .filter_map(|key| finding.facts.get(*key).and_then(Value::as_str))
        .chain(finding.subject.as_deref())
        .find_map(|name| of(site, name))
        .map(|(module, _)| module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins_at_a_border() {
        let site = crate::site::parse(
            "[modules.A]\npackages = [\"a.his\"]\n[modules.B]\npackages = [\"a.his.opd\"]\npaths = [\"/opd\"]\n",
        )
        .unwrap();
        let named = |name| of(&site, name).map(|(module, _)| module);
        assert_eq!(named("a.his.opd.Register.save(Register.java:3)"), Some("B"));
        assert_eq!(named("a.his.fee.Fee"), Some("A"));
        assert_eq!(named("a.history.X"), None);
        assert_eq!(named("/opd/save?x=1"), Some("B"));
        assert_eq!(named("/opdx"), None);
    }
}
