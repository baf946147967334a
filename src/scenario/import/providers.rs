//! Capacity providers and the shares that services and calls give them.

use super::Writer;
use super::text::{list, quoted};
use crate::aws::snapshot::{Provider, Scaling, Share, Sizes, Snapshot};

impl Writer {
    pub(super) fn providers(&mut self, snapshot: &Snapshot) {
        for provider in &snapshot.providers {
            let of_provider = |name: &Option<String>| name.as_deref() == Some(provider.name.as_str());
            let has_instances = snapshot.instances.iter().any(|one| of_provider(&one.capacity_provider))
                || snapshot.provided.contains(&provider.name);
            self.line("\n[[capacity-providers]]");
            self.set("name", quoted(&provider.name));
            match &provider.scaling {
                Some(scaling) if has_instances => self.scaling(provider, scaling),
                Some(_) => {
                    let sentence = "capacity providers without an instance in the files launch nothing: what they would launch \
                                    is not known; add `[[cluster.instances]]` with `count = 0` and `capacity-provider`";
                    self.notes.about(sentence, &provider.name);
                    self.set("managed-scaling", false);
                }
                None => self.set("managed-scaling", false),
            }
        }
    }

    fn scaling(&mut self, provider: &Provider, scaling: &Scaling) {
        let amounts = [
            ("target-capacity", scaling.target_percent),
            ("minimum-scaling-step-size", scaling.minimum_step),
            ("maximum-scaling-step-size", scaling.maximum_step),
        ];
        for (key, amount) in amounts.into_iter().filter_map(|(key, amount)| Some((key, amount?))) {
            self.set(key, amount);
        }
        if let Some(seconds) = scaling.warmup_seconds {
            self.set("instance-warmup-period", quoted(&format!("{seconds}s")));
        }
        self.set("managed-termination-protection", scaling.termination_protection);
        self.set("managed-draining", scaling.managed_draining);
        if let Some(Sizes { minimum, maximum }) = provider.sizes {
            self.set("minimum-size", minimum);
            self.set("maximum-size", maximum);
            return;
        }
        let sentence = "the sizes of the Auto Scaling groups of capacity providers are in no document of ECS: 0 to 10000 \
                        instances are taken; what `aws autoscaling describe-auto-scaling-groups` prints tells them, or \
                        `minimum-size` and `maximum-size` set them";
        self.notes.about(sentence, &provider.name);
    }

    pub(super) fn shares(&mut self, shares: &[Share]) {
        match shares {
            [] => {}
            [only] if only.base == 0 => self.set("capacity-provider", quoted(&only.provider)),
            several => {
                let share = |share: &Share| {
                    let Share { provider, weight, base } = share;
                    format!("{{ capacityProvider = {}, weight = {weight}, base = {base} }}", quoted(provider))
                };
                self.set("capacityProviderStrategy", list(several.iter().map(share)));
            }
        }
    }
}
