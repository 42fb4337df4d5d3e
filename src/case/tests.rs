use super::*;
use crate::evidence::{Artefact, Content, Silent};

#[test]
fn an_empty_folder_is_an_empty_case() {
    let case = read(&Evidence::default(), &Site::default(), &CaseOptions::default(), &Silent);
    assert!(case.processes.is_empty());
    assert!(case.window.is_none());
}

#[test]
fn a_lone_log_is_one_process_on_china_time() {
    let content = Content::new(b"nothing known".to_vec());
    let artefact = Artefact::new(ArtefactId(1), "logs/x.log", Kind::Log, content);
    let evidence = Evidence {
        artefacts: vec![artefact],
    };
    let case = read(&evidence, &Site::default(), &CaseOptions::default(), &Silent);
    assert_eq!(case.processes.len(), 1);
    assert!(case.artefacts[0].offset_assumed);
    assert_eq!(case.artefacts[0].offset, CHINA);
}
