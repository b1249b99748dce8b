//! Functions, as they are described, and the account's quota.

use serde_json::{Value, json};

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page;
use crate::protocol::service::Command;
use crate::protocol::time::iso;
use crate::resources::id::hex;
use crate::resources::stack::{FunctionDescription, Stack};
use crate::world::state::State;

/// How many functions a page of ListFunctions has at most.
const PAGE: usize = 50;

/// What code may take in a Region, in a package and unpacked, in bytes.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const CODE: (u64, u64, u64) = (75 << 30, 50 << 20, 250 << 20);

/// What a call requires.
pub(super) fn required(command: &Command<'_>) -> RequiredAction {
    match command.operation {
        "GetFunction" => RequiredAction::new("lambda:GetFunction", arn(command.caller, command.input)),
        "Invoke" => RequiredAction::new("lambda:InvokeFunction", arn(command.caller, command.input)),
        other => RequiredAction::new(format!("lambda:{other}"), "*"),
    }
}

/// The ARN of the function that an input names: by its name, or by its ARN or a part of that.
pub(super) fn arn(caller: &Caller, input: &Value) -> String {
    let named = text(input, "FunctionName");
    let (region, account) = (&caller.region, &caller.account);
    match named.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "lambda", region, account, "function", name, ..] => {
            format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
        }
        [account, "function", name, ..] => format!("arn:aws:lambda:{region}:{account}:function:{name}"),
        ["function", name] => format!("arn:aws:lambda:{region}:{account}:function:{name}"),
        _ => format!("arn:aws:lambda:{region}:{account}:function:{named}"),
    }
}

/// The function that an input names.
pub(super) fn find<'a>(
    state: &'a State,
    caller: &'a Caller,
    input: &Value,
) -> Result<(&'a FunctionDescription, &'a Stack), AwsError> {
    let arn = arn(caller, input);
    if arn.split(':').nth(4) != Some(&caller.account) {
        let message = format!(
            "User: {} is not authorized to perform this on resource: {arn} because no resource-based policy allows it",
            caller.arn
        );
        return Err(AwsError::access_denied(message));
    }
    let found = state.stacks.functions(&caller.account, &caller.region);
    let found = found.into_iter().find(|(function, _)| function.arn == arn);
    found.ok_or_else(|| AwsError::not_found(format!("Function not found: {arn}")).with("Type", "User"))
}

pub(super) fn get(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (function, stack) = find(state, caller, input)?;
    let mut answer = json!({"Configuration": described(function, stack)});
    if let Some(reserved) = function.reserved {
        answer["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
    }
    Ok(answer)
}

pub(super) fn list(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let functions = state.stacks.functions(&caller.account, &caller.region);
    // Lambda has its own names for a page's size and token.
    let wanted = json!({"MaxResults": input["MaxItems"], "NextToken": input["Marker"]});
    let (functions, token) = page::page(functions, |(function, _)| function.name.clone(), &wanted, PAGE)
        .map_err(|error| AwsError::new("InvalidParameterValueException", 400, error.message))?;
    let functions: Vec<Value> = functions.into_iter().map(|(function, stack)| described(function, stack)).collect();
    let mut answer = json!({ "Functions": functions });
    if let Some(token) = token {
        answer["NextMarker"] = json!(token);
    }
    Ok(answer)
}

fn described(function: &FunctionDescription, stack: &Stack) -> Value {
    let FunctionDescription { name, arn, handler, role, timeout, memory, environment, log_group, is_traced, .. } =
        function;
    let modified = stack.updated.unwrap_or(stack.created);
    json!({
        "FunctionName": name, "FunctionArn": arn, "Role": role, "Handler": handler, "Runtime": "provided.al2023",
        "Timeout": timeout, "MemorySize": memory, "Version": "$LATEST", "PackageType": "Zip",
        "LastModified": iso(modified).replace('Z', "+0000"), "RevisionId": hex(&format!("{arn}/{modified}"), 32),
        "State": "Active", "LastUpdateStatus": "Successful", "Environment": {"Variables": environment},
        "TracingConfig": {"Mode": if *is_traced { "Active" } else { "PassThrough" }},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": log_group},
    })
}

pub(super) fn settings(state: &State, caller: &Caller) -> Value {
    let Caller { account, region, .. } = caller;
    let (all, zipped, unzipped) = CODE;
    json!({
        "AccountLimit": {
            "TotalCodeSize": all, "CodeSizeZipped": zipped, "CodeSizeUnzipped": unzipped,
            "ConcurrentExecutions": state.stacks.concurrency_of(account),
            "UnreservedConcurrentExecutions": state.stacks.unreserved(account, region, None),
        },
        "AccountUsage": {"TotalCodeSize": 0, "FunctionCount": state.stacks.functions(account, region).len()},
    })
}
