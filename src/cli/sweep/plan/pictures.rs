//! What a sweep's `[[pictures]]` name is looked up while it is planned, so that no picture is missing after the runs.

use crate::analysis::catalogue::{METRICS, position};
use crate::cli::kit::terminal;
use crate::model::counted;
use crate::report::sweep::OWN_PICTURES;
use crate::scenario::nearest;
use crate::sweep::{Axis, Plan, PlannedPicture};

/// Says everything that is wrong with the pictures of a plan.
///
/// # Errors
/// If anything is.
pub(super) fn ensure_known(plan: &Plan) -> anyhow::Result<()> {
    let problems: Vec<String> = plan.drawn.iter().flat_map(|picture| problems(plan, picture)).collect();
    problems.iter().for_each(|problem| terminal::say(&format!("error: {problem}\n")));
    let count = counted(problems.len(), "error");
    anyhow::ensure!(problems.is_empty(), "sweep `{}` cannot draw its pictures: {count}", plan.name);
    Ok(())
}

fn problems(plan: &Plan, picture: &PlannedPicture) -> Vec<String> {
    let PlannedPicture { name, figure, .. } = picture;
    let mut problems = Vec::new();
    if plan.question.is_some() {
        problems.push(format!(
            "picture `{name}`: `[[pictures]]` are of runs, and this sweep asks a question; leave them out"
        ));
    }
    if OWN_PICTURES.iter().any(|own| name.starts_with(own)) {
        problems.push(format!("picture `{name}` has a name that pictures of keys have; call it something else"));
    }
    if position(figure).is_none() {
        let near = nearest(figure, METRICS.iter().map(|metric| metric.column));
        let meant = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        problems.push(format!("picture `{name}`: no figure `{figure}`; {meant}docs/figures.md has all"));
    }
    let names: Vec<&str> = plan.scenarios.iter().map(|planned| planned.name.as_str()).collect();
    for wanted in &picture.scenarios {
        if !names.contains(&wanted.as_str()) {
            problems.push(format!(
                "picture `{name}`: no scenario `{wanted}` in the sweep; it has `{}`",
                names.join("`, `")
            ));
        }
    }
    for wanted in &picture.policies {
        let mut policies = plan.scenarios.iter().flat_map(|planned| &planned.policies);
        if policies.all(|policy| policy.name != *wanted) {
            problems.push(format!("picture `{name}`: no scenario of the sweep has a policy `{wanted}`"));
        }
    }
    problems.extend(picture.at.iter().flat_map(|axis| unknown_values(plan, picture, axis)));
    let keys = plan.keys();
    let mut shown = plan.scenarios.iter().filter(|planned| picture.shows(&planned.name, &keys, &[]));
    if problems.is_empty() && shown.next().is_none() {
        problems.push(format!("picture `{name}` shows no point"));
    }
    problems
}

/// Keys that nothing varies, and values that no point has.
fn unknown_values(plan: &Plan, picture: &PlannedPicture, axis: &Axis) -> Vec<String> {
    let name = &picture.name;
    let varied: Vec<&Axis> =
        plan.scenarios.iter().flat_map(|planned| &planned.axes).filter(|other| other.key == axis.key).collect();
    if varied.is_empty() {
        let keys = plan.keys().join("`, `");
        return vec![format!("picture `{name}`: the key `{}` is not varied; those that are: `{keys}`", axis.key)];
    }
    let is_there =
        |cell: &str| varied.iter().any(|other| (0..other.values.len()).any(|index| other.values.cell(index) == cell));
    let unknown = (0..axis.values.len()).map(|index| axis.values.cell(index)).filter(|cell| !is_there(cell));
    unknown.map(|cell| format!("picture `{name}`: no point has `{}` = {cell}", axis.key)).collect()
}
