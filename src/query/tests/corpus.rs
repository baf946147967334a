//! Expressions that people wrote, with our reading of whether they are valid.

use std::path::Path;

use crate::query::Expression;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/ecs/memberof-expressions.csv");

#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
fn expressions_found_in_public_are_read_as_they_were_judged() {
    if !Path::new(CORPUS).exists() {
        eprintln!("skipped: shared/data/ecs/memberof-expressions.csv is absent");
        return;
    }
    let mut judged = 0;
    for row in csv::Reader::from_path(CORPUS).expect("readable").records() {
        let row = row.expect("a row");
        let (text, judgement) = (&row[0], &row[2]);
        let parsed = Expression::parse(text);
        match judgement {
            "valid" => {
                let expression = parsed.unwrap_or_else(|error| panic!("`{text}`: {error}"));
                assert_eq!(Expression::parse(&expression.to_string()), Ok(expression), "`{text}`");
            }
            "invalid" => assert!(parsed.is_err(), "`{text}`"),
            // Templates and texts that nobody can judge have to be survived, no more.
            _ => continue,
        }
        judged += 1;
    }
    assert!(judged > 100, "only {judged} rows");
}
