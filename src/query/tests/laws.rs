//! Laws that hold for every expression, every text, and every instance.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Dependence, Expression, MAX_CHARS};
use crate::query::syntax::ast::Node;
use crate::query::tests::arbitrary::{expression, instance, respelled, token_soup};

/// A text is an expression or has an error inside it; canonical text is a fixed point.
fn check_text(text: &str) -> Result<(), TestCaseError> {
    match Expression::parse_strict(text) {
        Ok((expression, warnings)) => {
            for warning in warnings {
                prop_assert!(text.get(warning.span.clone()).is_some(), "{:?} in {:?}", warning, text);
            }
            let printed = expression.to_string();
            if printed.chars().count() <= MAX_CHARS {
                let again = Expression::parse(&printed);
                prop_assert_eq!(again.as_ref(), Ok(&expression), "{:?} printed as {:?}", text, printed);
                prop_assert_eq!(expression.to_string(), printed);
            }
        }
        Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?} in {:?}", error, text),
    }
    Ok(())
}

fn not(expression: &Expression) -> Node {
    expression.root.clone().negated()
}

fn of(root: Node) -> Expression {
    Expression { root }
}

proptest! {
    /// P73.
    #[test]
    fn p73_printing_then_parsing_gives_the_same_expression(expression in expression()) {
        let printed = expression.to_string();
        prop_assume!(printed.chars().count() <= MAX_CHARS);
        prop_assert_eq!(Expression::parse(&printed), Ok(expression), "{}", printed);
    }

    #[test]
    fn spelling_is_not_meaning(expression in expression(), choices in vec(any::<u8>(), 1..64)) {
        let text = respelled(&expression, &choices);
        prop_assume!(text.chars().count() <= MAX_CHARS);
        prop_assert_eq!(Expression::parse(&text), Ok(expression), "{}", text);
    }

    /// P74 and P75.
    #[test]
    fn p74_p75_canonical_text_is_a_fixed_point_of_any_pieces(text in token_soup()) {
        check_text(&text)?;
    }

    /// P75.
    #[test]
    fn p75_bytes_never_panic_and_errors_are_inside(bytes in vec(any::<u8>(), 0..200)) {
        check_text(&String::from_utf8_lossy(&bytes))?;
    }

    /// P75, where texts begin well.
    #[test]
    fn p75_a_valid_text_with_one_character_changed(
        expression in expression(),
        at in any::<prop::sample::Index>(),
        c in any::<char>(),
    ) {
        let mut chars: Vec<char> = expression.to_string().chars().collect();
        let at = at.index(chars.len());
        chars[at] = c;
        check_text(&chars.iter().collect::<String>())?;
        chars.truncate(at);
        check_text(&chars.iter().collect::<String>())?;
    }

    #[test]
    fn p75_any_pattern_is_compiled_or_refused_with_a_place(pattern in r"[a(){}\[\]|?+*^$\\.,:<=!&~\-pQdk1 '-]{0,16}") {
        check_text(&format!("attribute:a =~ {pattern}"))?;
        check_text(&format!("attribute:a =~ \"{pattern}\""))?;
    }

    /// P77.
    #[test]
    fn p77_negation_and_de_morgan(a in expression(), b in expression(), instance in instance()) {
        let truth = |node: Node| of(node).evaluate(&instance);
        prop_assert_eq!(truth(not(&a).negated()), a.evaluate(&instance));
        prop_assert_eq!(truth(not(&a)), !a.evaluate(&instance));
        let both = Node::all_of(vec![a.root.clone(), b.root.clone()]);
        let either = Node::any_of(vec![a.root.clone(), b.root.clone()]);
        prop_assert_eq!(truth(both.negated()), truth(Node::any_of(vec![not(&a), not(&b)])));
        prop_assert_eq!(truth(either.negated()), truth(Node::all_of(vec![not(&a), not(&b)])));
    }

    /// P77: `and` binds tighter than `or`, and `not` tighter than both.
    #[test]
    fn p77_precedence(
        (a, b, c) in (expression(), expression(), expression()),
        instance in instance(),
    ) {
        let truth = |expression: &Expression| expression.evaluate(&instance);
        let text = format!("({a}) or ({b}) and not ({c}) or ({c}) and ({a})");
        prop_assume!(text.chars().count() <= MAX_CHARS);
        let expected = truth(&a) || (truth(&b) && !truth(&c)) || (truth(&c) && truth(&a));
        prop_assert_eq!(Expression::parse(&text).expect("valid").evaluate(&instance), expected, "{}", text);
    }

    #[test]
    fn an_explanation_agrees_with_evaluation(expression in expression(), instance in instance()) {
        let explanation = expression.explain(&instance);
        prop_assert_eq!(explanation.value, expression.evaluate(&instance));
        prop_assert_eq!(explanation.text, expression.to_string());
    }

    #[test]
    fn truth_changes_only_with_what_it_depends_on(
        expression in expression(),
        instance in instance(),
        other in instance(),
    ) {
        let mut changed = instance.clone();
        changed.running_tasks_count = other.running_tasks_count;
        changed.groups = other.groups;
        if expression.dependence() == Dependence::Class {
            changed.ec2_instance_id = other.ec2_instance_id;
            changed.registered_at = other.registered_at;
        }
        if expression.dependence() != Dependence::Tasks {
            prop_assert_eq!(expression.evaluate(&instance), expression.evaluate(&changed), "{}", expression);
        }
    }
}
