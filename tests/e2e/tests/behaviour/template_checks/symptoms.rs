//! What is measured when something is wrong in a stack, and when it is not: for each alarm.

use end_to_end::deployed_template::DeployedTemplate;

/// A metric and its values: the minute of each, and the value.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) dimension: &'static str,
    pub(super) of: String,
    pub(super) samples: Vec<(usize, f64)>,
}

/// Something that is the case, and when its alarm is on: at the end of which minutes.
#[derive(Debug)]
pub(super) struct Symptom {
    pub(super) alarm: String,
    pub(super) what: &'static str,
    pub(super) measured: Vec<Measured>,
    pub(super) on: &'static [usize],
    pub(super) off: &'static [usize],
    /// The value in its mail, and when.
    pub(super) shows: Option<(usize, f64)>,
}

const HOUR: usize = 60;
const DAY: usize = 24 * HOUR;
const LAMBDA: &str = "AWS/Lambda";
const SQS: &str = "AWS/SQS";
const SCHEDULER: &str = "AWS/Scheduler";
const OURS: &str = "DetectiveOnboarding";

/// Collects symptoms.
#[derive(Default)]
struct Symptoms(Vec<Symptom>);

impl Symptoms {
    fn add(
        &mut self,
        alarm: &str,
        what: &'static str,
        measured: Vec<Measured>,
        on: &'static [usize],
        off: &'static [usize],
        shows: Option<(usize, f64)>,
    ) {
        self.0.push(Symptom { alarm: alarm.to_owned(), what, measured, on, off, shows });
    }
}

fn of_function(namespace: &'static str, name: &'static str, function: &str, samples: &[(usize, f64)]) -> Measured {
    Measured { namespace, name, dimension: "FunctionName", of: function.to_owned(), samples: samples.to_vec() }
}

fn of_queue(name: &'static str, queue: &str, samples: &[(usize, f64)]) -> Measured {
    let of = queue.rsplit(':').next().unwrap_or_default().to_owned();
    Measured { namespace: SQS, name, dimension: "QueueName", of, samples: samples.to_vec() }
}

/// Three of something in five minutes, in four values.
const THREE: [(usize, f64); 4] = [(1, 1.0), (2, 1.0), (3, 0.0), (4, 1.0)];
const ONE: [(usize, f64); 2] = [(1, 0.0), (2, 1.0)];
const NONE: [(usize, f64); 4] = [(1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0)];

/// All symptoms of a stack, whose parameters of numbers are given.
pub(super) fn symptoms(stack: &DeployedTemplate, parameter: &dyn Fn(&str) -> f64) -> Vec<Symptom> {
    let mut all = Symptoms::default();
    for function in &stack.deployment.functions {
        let scheduled = stack.deployment.schedules.iter().any(|schedule| schedule.target == function.arn);
        failing(&mut all, &function.logical_id, &function.name);
        if function.environment.contains_key("STATE_BUCKET") || function.environment.contains_key("REPORT_BUCKET") {
            known_failures(&mut all, &function.name);
        }
        if scheduled {
            silent(&mut all, &function.logical_id, &function.name);
        }
        if function.logical_id == "MemberMonitor" {
            silent_regions(&mut all, &function.name);
        }
        if function.logical_id == "OrganizationReconciler" {
            uncovered(&mut all, &function.name, parameter);
        }
    }
    for queue in stack.deployment.queues.keys() {
        let polled = stack.deployment.sources.iter().any(|source| source.queue == *queue);
        match () {
            () if queue.contains("-DeadLetters-") => dead_letters(&mut all, queue),
            () if queue.contains("-Departures-") => departures(&mut all, queue, parameter("RemovalGraceHours")),
            () if queue.contains("-Arrivals-") => waiting(&mut all, "ArrivalsAgeAlarm", queue, 7_200.0),
            () if polled => waiting(&mut all, "ContinuationsAgeAlarm", queue, 10_800.0),
            () => {}
        }
    }
    let groups = stack.resolved.resources.values().filter(|one| one.kind == "AWS::Scheduler::ScheduleGroup");
    for group in groups {
        for name in ["InvocationDroppedCount", "InvocationsFailedToBeSentToDeadLetterCount"] {
            let measured = |samples: &[(usize, f64)]| {
                vec![Measured {
                    namespace: SCHEDULER,
                    name,
                    dimension: "ScheduleGroup",
                    of: group.physical_id.clone(),
                    samples: samples.to_vec(),
                }]
            };
            all.add(
                "DroppedSchedulesAlarm",
                "invocations are given up",
                measured(&THREE),
                &[5],
                &[4, 10],
                Some((5, 3.0)),
            );
            all.add("DroppedSchedulesAlarm", "one is given up", measured(&ONE), &[5], &[10], None);
            all.add("DroppedSchedulesAlarm", "none is given up", measured(&NONE), &[], &[5, 10], None);
        }
    }
    all.0
}

fn failing(all: &mut Symptoms, id: &str, name: &str) {
    let errors = format!("{id}ErrorsAlarm");
    let mut metrics =
        vec![(LAMBDA, "Errors", errors.as_str()), (LAMBDA, "DestinationDeliveryFailures", "UndeliveredRecordsAlarm")];
    if id == "AccountOnboarder" {
        metrics.push((OURS, "FailedAccounts", &errors));
    }
    for (namespace, metric, alarm) in metrics {
        all.add(
            alarm,
            "some invocations fail",
            vec![of_function(namespace, metric, name, &THREE)],
            &[5],
            &[4, 10],
            Some((5, 3.0)),
        );
        all.add(alarm, "one fails", vec![of_function(namespace, metric, name, &ONE)], &[5], &[10], None);
        all.add(alarm, "all succeed", vec![of_function(namespace, metric, name, &NONE)], &[], &[5, 10], None);
    }
    let throttles = |minutes: usize| {
        vec![of_function(LAMBDA, "Throttles", name, &(0..minutes).map(|minute| (minute, 2.0)).collect::<Vec<_>>())]
    };
    all.add(
        "ThrottlesAlarm",
        "invocations are throttled for half an hour",
        throttles(30),
        &[30],
        &[25, 35],
        Some((30, 10.0)),
    );
    let one: Vec<_> = (0..6).map(|period| (5 * period, 1.0)).collect();
    let one = vec![of_function(LAMBDA, "Throttles", name, &one)];
    all.add("ThrottlesAlarm", "one is throttled every five minutes", one, &[30], &[25, 35], Some((30, 1.0)));
    let none: Vec<_> = (0..30).map(|minute| (minute, 0.0)).collect();
    let none = vec![of_function(LAMBDA, "Throttles", name, &none)];
    all.add("ThrottlesAlarm", "no invocation is throttled", none, &[], &[25, 30], None);
    all.add("ThrottlesAlarm", "invocations are throttled for a while", throttles(25), &[], &[25, 30, 35], None);
}

fn silent(all: &mut Symptoms, id: &str, name: &str) {
    let (alarm, metric, value) = match id {
        // An invocation that finishes no Region is none.
        "OrganizationReconciler" => ("ReconcilerSilentAlarm", "CoveragePercent", 0.0),
        "MemberMonitor" => ("MonitorSilentAlarm", "Runs", 1.0),
        "AccountOffboarder" => ("OffboarderSilentAlarm", "Runs", 1.0),
        "InvitationAcceptor" => ("AcceptorSilentAlarm", "Runs", 1.0),
        "AdministratorKeeper" => ("KeeperSilentAlarm", "Runs", 1.0),
        _ => ("CentralAcceptorSilentAlarm", "Runs", 1.0),
    };
    let measured = |days: &[usize]| {
        let samples: Vec<_> =
            days.iter().flat_map(|day| [10, 20, 30].map(|minute| (day * DAY + minute, value))).collect();
        vec![of_function(OURS, metric, name, &samples)]
    };
    // Once a day is as seldom as its schedule may be; the keeper's is daily, and may start later on the next day.
    let on: (&[usize], &[usize]) = match id {
        "AdministratorKeeper" => (&[3 * DAY], &[DAY, 2 * DAY]),
        _ => (&[2 * DAY, 3 * DAY], &[DAY]),
    };
    all.add(alarm, "it has run for a day, and then no more", measured(&[0]), on.0, on.1, Some((DAY, 3.0)));
    all.add(alarm, "it runs each day", measured(&[0, 1, 2]), &[], &[DAY, 2 * DAY, 3 * DAY], None);
    let once = vec![of_function(OURS, metric, name, &[0, 1, 2].map(|day| (day * DAY + 10, value)))];
    all.add(alarm, "it runs once a day", once, &[], &[DAY, 2 * DAY, 3 * DAY], None);
    all.add(alarm, "it never ran", Vec::new(), on.0, &[], None);
}

/// What each function writes in each run that remembers which failures it has told.
fn known_failures(all: &mut Symptoms, name: &str) {
    let measured = |days: &[&[f64]]| {
        let of_day = |(day, values): (usize, &&[f64])| {
            values.iter().enumerate().map(|(hour, value)| (day * DAY + hour * HOUR + 5, *value)).collect::<Vec<_>>()
        };
        let samples: Vec<_> = days.iter().enumerate().flat_map(of_day).collect();
        vec![of_function(OURS, "KnownFailures", name, &samples)]
    };
    let (alarm, more) = ("KnownFailuresAlarm", "more accounts fail than the day before");
    let begins: [&[f64]; 4] = [&[0.0, 0.0], &[0.0, 3.0, 1.0], &[3.0, 3.0], &[3.0, 2.0]];
    all.add(alarm, more, measured(&begins), &[2 * DAY], &[DAY, 3 * DAY, 4 * DAY], Some((2 * DAY, 3.0)));
    all.add(alarm, "one more fails", measured(&[&[3.0], &[4.0]]), &[2 * DAY], &[DAY, 3 * DAY], Some((2 * DAY, 1.0)));
    // A failure that comes and goes is one, and so is one of a function that is silent for a day.
    let lasts: [&[f64]; 4] = [&[1.0, 0.0, 1.0], &[0.0, 1.0], &[], &[1.0, 0.0]];
    all.add(alarm, "as many fail as before", measured(&lasts), &[], &[DAY, 2 * DAY, 3 * DAY, 4 * DAY], None);
}

/// What member-monitor writes every hour.
fn silent_regions(all: &mut Symptoms, name: &str) {
    let measured = |values: [f64; 6]| {
        let samples: Vec<_> = values.into_iter().enumerate().map(|(hour, value)| (hour * HOUR + 5, value)).collect();
        vec![of_function(OURS, "SilentRegions", name, &samples)]
    };
    let (alarm, shown) = ("SilentRegionsAlarm", Some((6 * HOUR, 1.0)));
    all.add(alarm, "a Region stays silent", measured([2.0, 2.0, 1.0, 1.0, 1.0, 1.0]), &[6 * HOUR], &[HOUR], shown);
    all.add(alarm, "a run comes late", measured([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), &[], &[HOUR, 6 * HOUR], None);
    all.add(alarm, "no Region is silent", measured([0.0; 6]), &[], &[HOUR, 6 * HOUR], None);
    // While it does not run, nothing is known: that is another alarm's matter.
    let known = |value: f64| vec![of_function(OURS, "SilentRegions", name, &[(5, value)])];
    all.add(alarm, "it does not run after a Region was silent", known(1.0), &[6 * HOUR, 12 * HOUR], &[HOUR], None);
    all.add(alarm, "it does not run after no Region was silent", known(0.0), &[], &[6 * HOUR, 12 * HOUR], None);
}

/// What organization-reconciler writes, with a value for each Region, and for each part of a run. A run is every six hours.
fn uncovered(all: &mut Symptoms, name: &str, parameter: &dyn Fn(&str) -> f64) {
    let measured = |metric: &'static str, samples: &[(usize, f64)]| vec![of_function(OURS, metric, name, samples)];
    const RUN: usize = 6 * HOUR;
    // On with the worst Region, while nothing is known, and until a run finds nothing.
    let least = parameter("CoverageAlertPercent");
    let coverage = [(5, least - 1.0), (50, 100.0), (55, 100.0), (2 * RUN + 5, least), (2 * RUN + 6, least)];
    all.add(
        "CoverageAlarm",
        "one Region of three is covered too little",
        measured("CoveragePercent", &coverage),
        &[RUN, 2 * RUN],
        &[3 * RUN],
        Some((RUN, least - 1.0)),
    );
    let (unknown, off): (_, &[usize]) = ("nothing is known after a good run", &[RUN, 2 * RUN, 3 * RUN]);
    all.add("CoverageAlarm", unknown, measured("CoveragePercent", &[(5, least)]), &[], off, None);
    for (alarm, metric, most) in [
        ("StuckAlarm", "OldestDisabledHours", "StuckAfterHours"),
        ("LimitAlarm", "MembersPercentOfLimit", "WarnAtPercentOfLimit"),
    ] {
        let most = parameter(most);
        let samples = [(5, most), (50, 3.0), (55, 3.0), (2 * RUN + 5, most - 1.0), (2 * RUN + 6, most - 1.0)];
        all.add(
            alarm,
            "one Region of three is beyond it",
            measured(metric, &samples),
            &[RUN, 2 * RUN],
            &[3 * RUN],
            Some((RUN, most)),
        );
        all.add(alarm, unknown, measured(metric, &[(5, most - 1.0)]), &[], off, None);
    }
    let without = [(5, 1.0), (50, 0.0), (55, 1.0), (2 * RUN + 5, 0.0)];
    all.add(
        "RegionsWithoutCoverageAlarm",
        "a run does not find out a Region's coverage",
        measured("RegionsWithoutCoverage", &without),
        &[RUN],
        &[2 * RUN, 3 * RUN],
        Some((RUN, 1.0)),
    );
    // A run that does not come, and one of more parts, are no accounts that went out of scope.
    let scope = [
        (5, 3.0),
        (6, 1.0),
        (2 * RUN + 5, 3.0),
        (2 * RUN + 6, 2.0),
        (2 * RUN + 7, 3.0),
        (3 * RUN + 5, 13.0),
        (3 * RUN + 6, 2.0),
        (4 * RUN + 5, 13.0),
    ];
    all.add(
        "OutOfScopeAlarm",
        "ten accounts go out of scope",
        measured("OutOfScope", &scope),
        &[4 * RUN],
        &[RUN, 2 * RUN, 3 * RUN, 5 * RUN],
        Some((4 * RUN, 10.0)),
    );
    all.add(
        "OutOfScopeAlarm",
        "one account goes out of scope",
        measured("OutOfScope", &[(5, 3.0), (RUN + 5, 4.0)]),
        &[2 * RUN],
        &[RUN, 3 * RUN],
        Some((2 * RUN, 1.0)),
    );
    let dry = |real: bool| {
        let value = move |day: usize, hour: usize| if real && (day, hour) == (3, 6) { 0.0 } else { 1.0 };
        let samples: Vec<_> =
            (0..9).flat_map(|day| [0, 6, 12, 18].map(|hour| (day * DAY + hour * HOUR + 5, value(day, hour)))).collect();
        measured("DryRun", &samples)
    };
    all.add(
        "DryRunAlarm",
        "every run of a week is a dry run",
        dry(false),
        &[7 * DAY, 8 * DAY],
        // From the ninth day on it does not run, which is another alarm's matter.
        &[DAY, 6 * DAY, 12 * DAY, 20 * DAY],
        Some((7 * DAY, 1.0)),
    );
    all.add("DryRunAlarm", "there is a real run within a week", dry(true), &[], &[7 * DAY, 8 * DAY, 9 * DAY], None);
}

fn dead_letters(all: &mut Symptoms, queue: &str) {
    let sent = |samples: &[(usize, f64)]| of_queue("NumberOfMessagesSent", queue, samples);
    let visible = |samples: &[(usize, f64)]| of_queue("ApproximateNumberOfMessagesVisible", queue, samples);
    let waits: Vec<_> = (12..60).map(|minute| (minute, 2.0)).collect();
    let moved: Vec<_> = (0..60).map(|minute| (minute, if minute < 12 { 1.0 } else { 2.0 })).collect();
    let alarm = "DeadLettersAlarm";
    all.add(
        alarm,
        "two are sent, and wait",
        vec![sent(&[(12, 1.0), (13, 1.0)]), visible(&waits)],
        &[15, 20, 25],
        &[10, 30, 60],
        Some((15, 2.0)),
    );
    all.add(alarm, "one is sent, and deleted at once", vec![sent(&[(12, 1.0)])], &[15, 25], &[10, 30], None);
    let three = vec![sent(&[(12, 2.0), (13, 1.0)])];
    all.add(alarm, "three are sent, and deleted at once", three, &[15, 25], &[10, 30], Some((15, 3.0)));
    all.add(
        alarm,
        "a redrive policy moves one, which is deleted soon",
        vec![visible(&[(12, 1.0), (13, 0.0)])],
        &[15, 25],
        &[10, 30],
        None,
    );
    all.add(alarm, "a redrive policy moves one to those that wait", vec![visible(&moved)], &[15], &[10, 30, 60], None);
    all.add(
        alarm,
        "an old one waits",
        vec![visible(&(0..60).map(|minute| (minute, 1.0)).collect::<Vec<_>>())],
        &[],
        &[15, 30, 60],
        None,
    );
    all.add(alarm, "nothing is measured", Vec::new(), &[], &[5, 30], None);
    let age = |seconds: f64| {
        vec![of_queue("ApproximateAgeOfOldestMessage", queue, &[(1, seconds - 3_600.0), (2, seconds), (3, 0.0)])]
    };
    let days = 86_400.0;
    all.add(
        "DeadLettersAgeAlarm",
        "one is older than twelve days",
        age(12.0 * days + 60.0),
        &[HOUR],
        &[2 * HOUR],
        Some((HOUR, 12.0 * days + 60.0)),
    );
    all.add("DeadLettersAgeAlarm", "all are younger than twelve days", age(12.0 * days), &[], &[HOUR, 2 * HOUR], None);
}

/// A message waits for longer than it should, and others do not.
fn waiting(all: &mut Symptoms, alarm: &str, queue: &str, most: f64) {
    let age = |seconds: f64| {
        vec![of_queue("ApproximateAgeOfOldestMessage", queue, &[(1, seconds - 60.0), (2, seconds), (3, 0.0)])]
    };
    all.add(alarm, "a message waits too long", age(most + 1.0), &[5], &[4, 10], Some((5, most + 1.0)));
    all.add(alarm, "messages wait for a while", age(most), &[], &[5, 10], None);
}

fn departures(all: &mut Symptoms, queue: &str, grace: f64) {
    let hours = |late: f64| {
        let seconds = (grace + late) * 3_600.0;
        vec![of_queue("ApproximateAgeOfOldestMessage", queue, &[(1, seconds - 60.0), (2, seconds), (3, 0.0)])]
    };
    all.add(
        "DeparturesAgeAlarm",
        "a departure is three days late",
        hours(73.0),
        &[HOUR],
        &[2 * HOUR],
        Some((HOUR, 73.0)),
    );
    all.add("DeparturesAgeAlarm", "a departure is late", hours(72.0), &[], &[HOUR, 2 * HOUR], None);
}
