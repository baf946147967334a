//! The commands as users run them.

mod answers; // questions of planners, each with the number of its case
mod audit; // every decision of a log checked again; logs tampered with
mod bundles; // answers of plans, checked again from their folders
mod cli; // arguments, exit codes, messages
mod compare; // `stowplan compare` on folders that are old, cut off or incomplete
mod explain; // `stowplan explain`: where a task goes and why not elsewhere
mod folders; // results folders: locked, bound to their runs, never emptied unasked, whatever was killed
mod foreign_log; // `stowplan audit` of other programs' logs
mod laws; // the laws as a product: wrong placers, placers in other languages
mod planning; // `plan`: formats, exit codes, bad input, threads
mod query; // `stowplan query`: instances that satisfy an expression
mod record; // `stowplan audit … --after`: what the real service placed
mod sweep; // shards of runs, on any engine, merged to the bytes of `run`
mod terminal; // pipes, `-`, colours, and what people see at three widths
