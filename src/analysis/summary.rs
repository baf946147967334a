//! Statistics of one figure over the seeds of one policy.

/// One figure of one policy over its seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// Policy name.
    pub policy: String,
    /// Column of the figure in the catalogue.
    pub metric: &'static str,
    /// Runs with a value.
    pub n: u32,
    /// Runs without one.
    pub absent: u32,
    /// Mean of the values.
    pub mean: Option<f64>,
    /// Lower end of the 95 % interval of the mean.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval of the mean.
    pub high: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
}
