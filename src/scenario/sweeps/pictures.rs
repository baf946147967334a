//! `[[pictures]]`: the figures that a sweep draws, each by itself.

use super::{NAME, SCENARIO_NAMES, read_axes, read_names};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::Shape;
use crate::scenario::reading::names;
use crate::scenario::reading::reader::Item;
use crate::scenario::reading::rules::Rule;
use crate::sweep::PlannedPicture;

const PICTURE: Shape = Shape {
    title: "[[pictures]]",
    path: "sweep.pictures",
    required: &["name", "figure"],
    optional: &["title", SCENARIO_NAMES, "policies", "at"],
};

/// Each picture; two of one name would be one file.
pub(super) fn read(item: &Item<'_>) -> Vec<PlannedPicture> {
    let mut pictures: Vec<PlannedPicture> = Vec::new();
    for item in item.list().unwrap_or_default() {
        let Some(picture) = read_picture(&item) else { continue };
        if pictures.iter().any(|other| other.name == picture.name) {
            let message = format!("two pictures are called `{}`, which is the name of their file", picture.name);
            item.report(Problem::new(Rule::DuplicateName, message).label("the second").help("call one something else"));
        }
        pictures.push(picture);
    }
    pictures
}

fn read_picture(item: &Item<'_>) -> Option<PlannedPicture> {
    let table = item.table(&PICTURE)?;
    let name = table.get("name").and_then(|item| item.text_of(NAME, names::is_file_name));
    Some(PlannedPicture {
        title: table.get("title").and_then(|item| item.text()).map(str::to_owned),
        scenarios: table.get(SCENARIO_NAMES).map_or_else(Vec::new, |item| read_names(&item)),
        policies: table.get("policies").map_or_else(Vec::new, |item| read_names(&item)),
        at: table.get("at").map_or_else(Vec::new, |item| read_axes(&item)),
        figure: table.get("figure")?.name()?.to_owned(),
        name: name?.to_owned(),
    })
}
