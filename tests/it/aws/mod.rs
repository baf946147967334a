//! Documents of AWS become scenarios: what is read, carried, told, left out by name.

mod anonymise; // names are replaced and no decision changes
mod carried; // what documents say of services and providers is in the scenario, or named
mod collecting; // the script of `import --commands`, run against a stand-in for `aws`
mod elsewhere; // Fargate, external and Managed Instances, the daemons API: left out by name
mod forms; // templates, plans, YAML and what else people have
mod groups; // Auto Scaling groups bound their capacity providers
mod import; // documents of AWS become scenarios that run
mod members; // every member of the API is carried over, told, or means nothing
mod run_task; // RunTask and StartTask as load, in scenarios and as pasted JSON
