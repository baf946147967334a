//! The rules of placement, rule by rule and case by case, and what the service was seen to do.

mod deciding; // which policy decides what: of services, of policies, of an import as new
mod eligible; // who may take a task, and why not: documents and scenarios, cases by number
mod golden; // the golden cases of placement, each named by its id
mod gpus; // GPUs from documents to the last row of a run
mod named; // every rule of `docs/rules.md` has its test
mod placement; // rules of `docs/rules.md`
mod recordings; // what the real service was seen to do
mod resources; // rules R-5: what tasks take, from documents to both engines and back
mod second_ledger; // what stopping tasks still hold: GPUs, ports, shares
mod strategies; // strategies that are no rules of ECS, one of them an own
