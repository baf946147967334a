//! One binary for all integration tests.

mod aws; // documents of AWS become scenarios: what is read, carried, told, left out by name
mod commands; // the commands as users run them
mod project; // what the project says of itself: documents, structure, what is shipped
mod rules; // the rules of placement, rule by rule and case by case, and what the service was seen to do
mod runs; // runs and live worlds as wholes: laws, drivers, determinism, figures, scenarios
mod services; // services over time, and what runs beside them: deployments, daemons, capacity providers
mod support; // small clusters and requests by hand
