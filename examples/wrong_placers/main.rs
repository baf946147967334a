//! Placers that are wrong, each in one way, and the law that finds each.
//!
//! `cargo run --release --example wrong_placers` holds every one to the laws and prints what was found;
//! `cargo run --release --example wrong_placers -- LastRuleFirst` prints all there is to say of one.

mod faults;
mod placer;

use faults::FAULTS;
use placer::{Fault, Small};
use stowplan::laws::{self, Effort};

#[expect(clippy::print_stdout, reason = "a program that prints its table")]
fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let wanted = std::env::args().nth(1);
    let check = |fault: Fault| laws::check(&mut || Small::new(fault), Effort::default());
    for known in FAULTS {
        let name = format!("{:?}", known.fault);
        match (check(known.fault), &wanted) {
            (Err(broken), Some(wanted)) if *wanted == name => println!("{name}: {}\n{broken}", known.is),
            (_, Some(_)) => {}
            (Err(broken), None) => {
                let steps = broken.history.steps.len();
                println!("{:<4} {:<60} found by {} in {steps} steps", known.law, known.is, broken.law.id);
            }
            (Ok(_), None) => println!("{:<4} {:<60} not found", known.law, known.is),
        }
    }
    if wanted.is_none() {
        match check(Fault::None) {
            Ok(tally) => println!("     the same without a fault: {} placements, no law broken", tally.placements),
            Err(broken) => println!("     the same without a fault: {broken}"),
        }
    }
}
