//! One binary for all integration tests.

mod agents; // agents that are disconnected and connected again during a run
mod anonymise; // names are replaced and no decision changes
mod answers; // questions of planners, each with the number of its case
mod audit; // every decision of a log checked again; logs tampered with
mod bounds; // deployments of every kind over random clusters
mod bundles; // answers of plans, checked again from their folders
mod carried;
mod cli; // arguments, exit codes, messages
mod commands; // the script of `import --commands`, run against a stand-in for `aws`
mod compare; // `stowplan compare` on folders that are old, cut off or incomplete
mod daemons; // DAEMON services: drained and activated again, returned, deployed, given up
mod deciding;
mod deployments; // deployments by revision, with early success, and in stages
mod determinism; // the same bytes for any number of threads, process or interruption
mod draws; // what is drawn follows from what a thing is; both engines draw alike
mod eligible; // who may take a task, and why not: documents and scenarios, cases by number
mod elsewhere; // Fargate, external and Managed Instances, the daemons API: left out by name
mod explain; // `stowplan explain`: where a task goes and why not elsewhere
mod figures; // what figures mean: waits, refusals, mixes, one moment one value
mod folders; // results folders: locked, bound to their runs, never emptied unasked, whatever was killed
mod formats; // the page on results names every file and column
mod forms; // templates, plans, YAML and what else people have
mod found; // tasks found running: old revisions and draining instances are replaced
mod golden; // the golden cases of the placement specification, each named by its id
mod gpus; // GPUs from documents to the last row of a run
mod import; // documents of AWS become scenarios that run
mod laws; // the laws as a product: wrong placers, placers in other languages
mod limits; // more than a machine has is refused before it is taken
mod live; // a world driven from outside: as a run, as its twin, as its fork
mod load; // generated loads written as traces and read back
mod members; // every member of the API is carried over, told, or means nothing
mod placement_rules; // rules of the placement specification
mod planning; // `plan`: formats, exit codes, bad input, threads
mod programs; // conservation under random programs, both engines side by side
mod providers; // capacity providers: golden cases, ratios, PROVISIONING tasks, scale-out
mod query; // `stowplan query`: instances that satisfy an expression
mod queueing; // the event loop against closed forms of queueing theory
mod readme; // what the README shows is what the program prints
mod rebalancing; // moves between zones, step by step
mod recordings; // what the real service was seen to do
mod refusals; // what failures to place a task lead to: quota, breaker, throttling
mod replay; // events.csv alone gives back instances, figures and decisions of a run
mod resources; // rules R-5: what tasks take, from documents to both engines and back
mod rules; // every rule of the placement specification has its test
mod run_task; // RunTask and StartTask as load, in scenarios and as pasted JSON
mod scaling; // the minute of the capacity providers: steps, pauses, what waits, what is idle
mod scenarios; // every scenario meets its own expectations
mod second_ledger; // what stopping tasks still hold: GPUs, ports, shares
mod services; // services over time: golden cases of deployments, draining, rebalancing
mod shipping; // completions, manual pages, what a build says of itself
mod simulation; // the event loop, by what it tells and by laws from outside
mod strategies; // strategies that are no rules of ECS, one of them an own
mod support; // small clusters and requests by hand
mod sweep; // shards of runs, on any engine, merged to the bytes of `run`
mod terminal; // pipes, `-`, colours, and what people see at three widths
mod tidy; // directions between modules, sizes of files, the top level
mod victims; // which task a service gives up
