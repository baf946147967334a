//! Options of the commands that read documents of AWS: what a template leaves open, and instances beside it.

use anyhow::Context as _;
use clap::Args;

use crate::forms::Hints;
use crate::scenario;
use crate::scenario::import::fleet::Fleet;

/// What the files do not say.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DocumentOptions {
    /// A parameter of a template of CloudFormation, or a variable of a compose file; may be repeated.
    #[arg(long = "parameter", value_name = "NAME=VALUE", help_heading = "Templates")]
    pub(crate) parameters: Vec<String>,
    /// Instances beside those of the files, such as 12xm6i.xlarge@us-east-1a,b,c, with PROVIDER= in front where they are
    /// of a capacity provider; or the [cluster] of a scenario file, `-` for standard input; may be repeated.
    #[arg(long = "fleet", value_name = "COUNTxTYPE@ZONES", help_heading = "Templates")]
    pub(crate) fleets: Vec<String>,
    /// The family of task definitions that have none [default: the name of their file].
    #[arg(long, value_name = "NAME", help_heading = "Templates")]
    pub(crate) family: Option<String>,
    /// The cluster that is meant, where a template or a state has several.
    #[arg(long, value_name = "NAME", help_heading = "Templates")]
    pub(crate) cluster: Option<String>,
}

impl DocumentOptions {
    /// What forms of documents are told beside the files.
    ///
    /// # Errors
    /// If a parameter is no `NAME=VALUE`.
    pub(crate) fn hints(&self) -> anyhow::Result<Hints> {
        let mut hints = Hints { family: self.family.clone(), cluster: self.cluster.clone(), ..Hints::default() };
        for parameter in &self.parameters {
            let pair = parameter.split_once('=').filter(|(name, _)| !name.trim().is_empty());
            let (name, value) = pair.ok_or_else(|| {
                anyhow::anyhow!("`--parameter {}` has no `=`; write NAME=VALUE", parameter.escape_debug())
            })?;
            let before = hints.parameters.insert(name.trim().to_owned(), value.to_owned());
            anyhow::ensure!(
                before.is_none(),
                "`--parameter {}` is given twice; give it once",
                name.trim().escape_debug()
            );
        }
        Ok(hints)
    }

    /// The instances beside those of the files.
    ///
    /// # Errors
    /// If a fleet cannot be read.
    pub(crate) fn fleets(&self) -> anyhow::Result<Vec<Fleet>> {
        self.fleets.iter().map(|text| fleet(text)).collect()
    }

    /// Whether anything is said that a scenario does not take.
    pub(crate) fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.fleets.is_empty() && self.family.is_none() && self.cluster.is_none()
    }
}

fn fleet(text: &str) -> anyhow::Result<Fleet> {
    let path = std::path::Path::new(text);
    if text == "-" || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        let bytes = scenario::read_file(path).with_context(|| format!("cannot read `{text}`"))?;
        let scenario = String::from_utf8(bytes).with_context(|| format!("`--fleet {text}` is not UTF-8"))?;
        return Fleet::of_scenario(&scenario).map_err(|why| anyhow::anyhow!("`--fleet {text}`: {why}"));
    }
    Fleet::parse(text).map_err(|why| anyhow::anyhow!("`--fleet {}`: {why}", text.escape_debug()))
}
