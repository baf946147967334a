//! Pages on formats in the long help of commands. `results/README.md` has every column; a test holds both to the files.

/// Of `compare`.
pub(super) const COMPARE: &str = "\
FORMATS:
  --format csv prints a row a policy and figure, and --format json an array of objects with the same keys:
    policy, baseline, metric    what is compared with what, and the column of runs.csv
    n, unpaired                 seeds that both have, and seeds that only one of the two has
    mean, deviation             of the differences: policy less baseline
    low, high, interval         95 % interval and how it was made: t (paired t) or bca (bootstrap of 9,999 resamples,
                                for ratios and skewed differences of headline figures from 12 seeds on); empty where
                                there is one seed or every difference is the same
    wins, ties, losses          seeds by who is better; empty for figures that do not rank (`tally` in JSON)
    p_sign, p_holm              p of the sign test; p of the primary figure, corrected for the number of policies
    verdict                     better, worse, differs, equal, not-told-apart, too-small-to-matter; exact where nothing is
                                random: the one difference, and nothing to be said of chance
    censored, untold            seeds of n where a wait had not ended, and of these where the sign is not known
  Columns are only ever added at the end; absent values are empty, or null in JSON.";

/// Of `audit`.
pub(super) const AUDIT: &str = "\
LOGS OF OTHER PROGRAMS:
  A CSV file with a header. Needed are the columns event, task, group, cpu, memory_mib, instance; with run, seq, time_s,
  task_definition, gpu, gpu_memory_mib, ports, zone, reason more is checked. results/README.md describes each (`events.csv`).
  Rows stand in the order in which things happened: first the instances (event instance-registered; cpu and memory_mib are
  what they register), then placed, rejected, stopped, instance-drained, instance-activated, instance-lost.
  A file of rules says what was in force, by group; `*` is every other one:
    {\"service:web\": {\"placementStrategy\": [{\"type\": \"binpack\", \"field\": \"memory\"}],
                     \"placementConstraints\": [{\"type\": \"distinctInstance\"}]},
     \"*\": {\"placementStrategy\": []}}

FORMATS:
  --format csv prints line,run,broken,laws,what: a row a finding. --format json prints an object: rows, runs, decisions, chosen,
  ties, refusals, reasons, not_checked, broken (counts by kind), findings.";

/// Of `laws`.
pub(super) const LAWS: &str = "\
A PLACER IN ANOTHER LANGUAGE:
  It reads one JSON object a line from standard input and answers each with one line on standard output, at once:
    {\"op\":\"hello\",\"version\":1}            {\"capabilities\":[\"spread\",\"binpack\"],\"tieBreak\":\"order\"}
    {\"op\":\"reset\",\"seed\":7}               {}
    {\"op\":\"register\",\"instance\":{...}}    {}
    {\"op\":\"place\",\"task\":{...}}           {\"instance\":\"i0\"}, or {\"instance\":null} where nothing may take it
    {\"op\":\"stop\",\"task\":\"t0\"}           {}
  docs/laws.md has every member; examples/placer.py is one of thirty lines:
    stowplan laws --placer 'python3 examples/placer.py'
  What it does not declare is not asked of it. One that dies, is silent for longer than --timeout, or answers something else
  breaks law P0.

FORMATS:
  --format json prints an object a placer: placer, broken (the number of the law, or null), law, what, seed, case, step,
  comes_back, questions (the history as the lines that are asked), and told, the whole text; of a placer that breaks none
  histories, placements, choices, refusals, held, passed_over. --format csv has a row a placer. With --list, json and csv
  have a row a law.";

/// Of `run`.
pub(super) const RUN: &str = "\
FORMATS:
  --format csv prints summary.csv, and --format json an array of objects with the same keys: a row a policy and figure.
    policy, metric              the policy, and the column of runs.csv
    n                           runs that have the figure
    mean, low, high             mean over the seeds and its 95 % interval (t); empty for one seed
    p50, p90, min, max          order statistics over the seeds, such as >600
    censored                    runs of n whose wait had not ended
  The results folder holds:
    manifest.json               what it was made from: versions, hashes, policies, seeds, every default that was taken
    runs.csv                    a row a run, a column a figure
    summary.csv                 statistics over the seeds of each policy
    timeseries.csv              what is reserved, in use and waiting over time
    instances.csv               the fleet at time 0
    fleet.csv                   every instance at the snapshot, by name: what is free, what holds it
    unplaced.csv                who waits or was refused, and what is short on the best instance
    failures.csv                tasks refused and failed attempts by group and reason
    services.csv                skew and blast radius of each group at the snapshot
    deployments.csv             duration, outcome and peaks of each deployment
    autoscaling.csv             every minute of every capacity provider
    shapes.csv, frontier.csv    room that is left for shapes of tasks at the snapshot
    saturation.csv              what is allocated against what is offered
    events.csv                  every placement, refusal and stop, with --events; enough to replay a run
    timings.csv                 wall-clock time of each run, the one file that may differ between two calls
    report.html                 all of it in one page that needs no network
    headline.svg, utilisation.svg, fleet-POLICY.svg, and each as .png
  Absent values are empty, or null in JSON, and never 0. Columns are only ever added at the end. Numbers are exact, or
  the shortest decimal that reads back as the same double; times are seconds since the start of the run.";
