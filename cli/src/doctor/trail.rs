//! Whether CloudTrail records the events that EventBridge is to deliver.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType, Trail};
use detective_onboarding::error::CallError;
use detective_onboarding::model::region::Region;

use super::context::Context;
use super::finding::Finding;

const ID: &str = "trail";
const WHY: &str = "Events of Organizations and Control Tower reach EventBridge only through a trail with logging on, in the management \
    account. Without it no new account is noticed before the schedule runs.";

/// Why a trail does not record them.
enum Gap {
    NotLogging,
    NotWrites,
}

/// Checks the Regions in which events of Organizations and of Control Tower arrive.
pub(super) async fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tower = context.control_tower.as_ref().filter(|region| **region != context.home);
    let tower = tower.map(|region| (region, "controltower.amazonaws.com"));
    for (region, service) in [(&context.home, "organizations.amazonaws.com")].into_iter().chain(tower) {
        let finding = check_region(context, region, service).await.within(region);
        findings.push(match context.management() {
            Some(management) => finding.of(management),
            None => finding,
        });
    }
    findings
}

async fn check_region(context: &Context, region: &Region, service: &str) -> Finding {
    let client = Client::new(&context.at(region));
    let request = client.describe_trails().include_shadow_trails(true);
    let trails = match request.send().await.map_err(CallError::of("DescribeTrails")) {
        Ok(answer) => answer.trail_list.unwrap_or_default(),
        Err(error) => return Finding::unanswered(ID, &error, "cloudtrail:DescribeTrails"),
    };
    // From another account only the organization's trails are known to record the management account.
    let relevant = |trail: &&Trail| context.is_management() || trail.is_organization_trail() == Some(true);
    let records_here =
        |trail: &&Trail| trail.is_multi_region_trail() == Some(true) || trail.home_region() == Some(region.as_str());
    let mut gaps = Vec::new();
    let mut failed = None;
    for trail in trails.iter().filter(relevant).filter(records_here) {
        match gap(&client, trail, service).await {
            Ok(None) => {
                return Finding::ok(
                    ID,
                    format!("Trail {} records management events, and its logging is on.", name(trail)),
                );
            }
            Ok(Some(gap)) => gaps.push((trail, gap)),
            Err(finding) => failed = Some(finding),
        }
    }
    if let Some(finding) = failed {
        return finding;
    }
    if !context.is_management() {
        return context.only_management(ID, "Whether a trail records the management account's events");
    }
    match gaps.first() {
        None => {
            let fix = format!(
                "aws cloudtrail create-trail --name organization-events --s3-bucket-name <bucket> --is-multi-region-trail \
                 --region {region} && aws cloudtrail start-logging --name organization-events --region {region}"
            );
            Finding::problem(ID, format!("There is no trail that records in {region}."), WHY, fix)
        }
        Some((trail, Gap::NotLogging)) => {
            let home = trail.home_region().unwrap_or(region.as_str());
            let fix = format!("aws cloudtrail start-logging --name {} --region {home}", arn(trail));
            Finding::problem(ID, format!("The logging of trail {} is off.", name(trail)), WHY, fix)
        }
        Some((trail, Gap::NotWrites)) => {
            let home = trail.home_region().unwrap_or(region.as_str());
            let fix =
                format!("CloudTrail console, {home}, Trails, {}, Management events: Edit, choose Write.", name(trail));
            let what = format!("Trail {} does not record management events of writing calls.", name(trail));
            Finding::problem(ID, what, WHY, fix)
        }
    }
}

async fn gap(client: &Client, trail: &Trail, service: &str) -> Result<Option<Gap>, Finding> {
    let status = client.get_trail_status().name(arn(trail)).send().await.map_err(CallError::of("GetTrailStatus"));
    let status = status.map_err(|error| Finding::unanswered(ID, &error, "cloudtrail:GetTrailStatus"))?;
    if status.is_logging() != Some(true) {
        return Ok(Some(Gap::NotLogging));
    }
    let request = client.get_event_selectors().trail_name(arn(trail));
    let selectors = request.send().await.map_err(CallError::of("GetEventSelectors"));
    let selectors = selectors.map_err(|error| Finding::unanswered(ID, &error, "cloudtrail:GetEventSelectors"))?;
    Ok(if records_writes(&selectors, service) { None } else { Some(Gap::NotWrites) })
}

fn name(trail: &Trail) -> &str {
    trail.name().unwrap_or("(without a name)")
}

fn arn(trail: &Trail) -> &str {
    trail.trail_arn().unwrap_or_default()
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html>
fn records_writes(selectors: &GetEventSelectorsOutput, service: &str) -> bool {
    let basic = |selector: &EventSelector| {
        let none = selector.include_management_events() == Some(false);
        !none && selector.read_write_type() != Some(&ReadWriteType::ReadOnly)
    };
    selectors.event_selectors().iter().any(basic)
        || selectors.advanced_event_selectors().iter().any(|selector| advanced(selector, service))
}

fn advanced(selector: &AdvancedEventSelector, service: &str) -> bool {
    let holds = |field: &AdvancedFieldSelector, value: &str| {
        let listed = |values: &[String]| values.iter().any(|one| one == value);
        (field.equals().is_empty() || listed(field.equals())) && !listed(field.not_equals())
    };
    let fields = selector.field_selectors();
    fields.iter().any(|field| field.field() == "eventCategory")
        && fields.iter().all(|field| match field.field() {
            "eventCategory" => holds(field, "Management"),
            "readOnly" => holds(field, "false"),
            "eventSource" => holds(field, service),
            // Another field leaves out a part of the events, and perhaps not these.
            _ => true,
        })
}
