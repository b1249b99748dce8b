//! Where a template is deployed, and the names that resources get there.

/// Where a template is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The stack's name.
    pub stack_name: String,
    /// The account id.
    pub account: String,
    /// The Region.
    pub region: String,
}

impl Target {
    /// The partition of the Region.
    pub fn partition(&self) -> &'static str {
        if self.region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" }
    }

    /// The name of a resource that the template gives none: the stack's and its own, shortened to the 64 characters that
    /// roles, rules, schedules and functions may have.
    pub(crate) fn name(&self, id: &str) -> String {
        const LONGEST: usize = 64;
        let suffix = self.suffix(id);
        let name = format!("{}-{id}", self.stack_name);
        // How CloudFormation shortens is not documented; that the stack's name need not be whole is.
        let (stack, id) = match name.len() + 1 + suffix.len() <= LONGEST {
            true => (self.stack_name.as_str(), id),
            false => {
                let id = &id[..id.len().min(24)];
                (&self.stack_name[..self.stack_name.len().min(LONGEST - suffix.len() - id.len() - 2)], id)
            }
        };
        format!("{stack}-{id}-{suffix}")
    }

    /// The twelve characters that CloudFormation appends to names; here always the same for the same stack.
    pub(super) fn suffix(&self, id: &str) -> String {
        // FNV-1a: short, and the same on every machine.
        let text = format!("{}/{}/{}/{id}", self.account, self.region, self.stack_name);
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        format!("{:012X}", hash & 0xffff_ffff_ffff)
    }
}
