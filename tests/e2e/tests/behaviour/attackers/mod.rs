//! The attack tree. Detective shows what an attacker did: so the attacker's wish is an account outside it that nobody misses, and a
//! way into another account. A module for each who has one right too many, and the ways that they try:
//!
//! - has the root of one member account ([`roots_a_member_account`]): denies acceptance there, so that all acceptance fails; leaves the
//!   graph, again and again ([`week`], and `alerts`)
//! - is a developer in the administrator account, with one of
//!   - `events:PutEvents` ([`puts_events`]): forges and breaks events, writes to the people who read alerts
//!   - `sqs:SendMessage` ([`sends_messages`]): forges departures, back-dated
//!   - `lambda:InvokeFunction` ([`invokes_functions`]): states times of its own choice, invokes often
//!   - `ssm:PutParameter` ([`changes_the_policy`]): narrows the policy little by little
//!   - `s3:PutObject` ([`puts_objects`]): writes what is remembered
//!   - `s3:DeleteObject` ([`deletes_objects`]): deletes it
//! - chooses names and addresses ([`names_accounts`]): injects text into logs, reports and mails
//! - is a stranger who invites ([`invites_as_a_stranger`]): waits for an acceptance, or delays the trusted one
//! - is all of them at once, for a week ([`week`])

mod changes_the_policy;
mod deletes_objects;
mod invites_as_a_stranger;
mod invokes_functions;
mod names_accounts;
mod puts_events;
mod puts_objects;
mod roots_a_member_account;
mod sends_messages;
mod week;
