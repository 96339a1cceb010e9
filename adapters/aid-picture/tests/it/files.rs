//! Pictures in files.

use std::fs;

use aid_picture::Files;

use crate::support::picture;

#[test]
fn lines_are_there_at_once_and_pages_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let [page, lines] = ["trace.html", "trace.jsonl"].map(|name| folder.path().join(name));
    let picture = picture();
    let files = Files::begin(&picture, [page.clone(), lines.clone()]).unwrap();
    assert!(fs::read_to_string(&page).unwrap().contains("Nothing yet"));
    picture.message("CMP", "MSP", "hello");
    let line: serde_json::Value = serde_json::from_str(&fs::read_to_string(&lines).unwrap()).unwrap();
    assert_eq!((&line["from"], &line["name"]), (&"CMP".into(), &"hello".into()));
    files.finish().unwrap();
    assert!(fs::read_to_string(&page).unwrap().contains("<summary>hello</summary>"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_file_that_cannot_be_made_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Files::begin(&picture(), [folder.path().join("nowhere/trace.html")]).is_err());
}
