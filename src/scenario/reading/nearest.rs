//! The name that someone meant: the nearest by edits, if it is near enough.

/// The candidate with the fewest edits from `name`, letter case and `-`, `_`, `.` aside; `None` if none is near.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', '.'], "");
    let name = plain(name);
    let limit = name.chars().count().div_ceil(3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(&name, &plain(candidate)), candidate))
        .filter(|&(edits, candidate)| edits <= limit && edits < candidate.chars().count())
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// Edits from one text to the other; leaving out the end of a name counts as one.
fn edits(name: &str, candidate: &str) -> usize {
    let is_start = name.chars().count() >= 3 && candidate.starts_with(name) && candidate != name;
    if is_start { 1 } else { strsim::damerau_levenshtein(name, candidate) }
}

/// `did you mean …?`, or else the list of what there is.
pub(crate) fn suggestion<'a>(name: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(name, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let shown: Vec<String> = candidates.clone().take(20).map(|candidate| format!("`{candidate}`")).collect();
    match candidates.count() {
        0 => None,
        count if count > shown.len() => Some(format!("there are {count}, among them {}", shown.join(", "))),
        1 => Some(format!("there is only {}", shown[0])),
        _ => Some(format!("there are {}", shown.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_whatever_its_case_and_dashes() {
        let keys = ["desired-count", "name", "placementStrategy", "task-definition"];
        let check = |name, expected| assert_eq!(nearest(name, keys), expected, "{name}");
        check("desired-cuont", Some("desired-count"));
        check("desiredCount", Some("desired-count"));
        check("placement-strategy", Some("placementStrategy"));
        check("nmae", Some("name"));
        check("desired", Some("desired-count"));
        check("zebra", None);
        check("", None);
    }

    #[test]
    fn without_a_near_name_the_list_is_given() {
        assert_eq!(suggestion("x", ["a1", "b2"].into_iter()).unwrap(), "there are `a1`, `b2`");
        assert_eq!(suggestion("x", [].into_iter()), None);
    }
}
