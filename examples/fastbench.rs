use stowplan::bench::{BenchOptions, run};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let list = |i: usize, d: &str| {
        a.get(i)
            .cloned()
            .unwrap_or(d.into())
            .split(',')
            .filter(|s| !s.is_empty() && *s != "all")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let o = BenchOptions {
        policies: list(1, "all"),
        sizes: list(2, "10000").iter().map(|s| s.parse().unwrap()).collect(),
        services: list(3, "20").iter().map(|s| s.parse().unwrap()).collect(),
        churn_pairs: 200_000,
        repetitions: a.get(4).map_or(3, |s| s.parse().unwrap()),
        ..Default::default()
    };
    let r = run(&o, &mut |m| eprintln!("{m}"));
    println!("u {:.2} P {:.1}", r.cache_load_ns, r.memory_load_ns);
    for x in &r.rows {
        println!(
            "{:26} {:7} N={:8} S={:4} {:9.1} ns {:7.1} u {:7.3} P naive {:9.0} {:6.1} B",
            x.policy,
            x.operation,
            x.instances,
            x.services,
            x.ns,
            x.per_cache_load,
            x.per_memory_load,
            x.naive_ratio.unwrap_or(0.0),
            x.bytes_per_instance
        );
    }
    for g in &r.growth {
        println!("{} S={} x{:.2} exp {:.3}", g.policy, g.services, g.ratio, g.exponent);
    }
}
