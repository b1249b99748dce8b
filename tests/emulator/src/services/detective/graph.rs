//! Behavior graphs and their tags.

use serde_json::{Map, Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::texts;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::iso;
use crate::resources::graph::Graph;
use crate::world::state::State;

/// How many tags a graph may have.
const MAXIMUM_TAGS: usize = 50;

/// The graph that an input names, for its administrator.
pub(crate) fn administered<'a>(
    state: &'a mut State,
    caller: &Caller,
    input: &Value,
) -> Result<&'a mut Graph, AwsError> {
    let arn = named(caller, input, "GraphArn")?;
    let graph = state.graphs.get_mut(arn).ok_or_else(|| unknown(arn))?;
    if graph.administrator != caller.account {
        return Err(AwsError::access_denied(format!(
            "User: {} is not authorized: account {} is not the administrator of behavior graph {arn}",
            caller.arn, caller.account
        )));
    }
    Ok(graph)
}

/// The ARN in an input. It must be of the caller's Region: a graph is reached only in its own.
pub(crate) fn named<'a>(caller: &Caller, input: &'a Value, member: &str) -> Result<&'a str, AwsError> {
    let arn = input[member].as_str().expect("the model requires the ARN");
    if arn.split(':').nth(3) == Some(caller.region.as_str()) { Ok(arn) } else { Err(unknown(arn)) }
}

pub(crate) fn unknown(arn: &str) -> AwsError {
    AwsError::not_found(format!("The behavior graph {arn} does not exist in this Region"))
}

pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let before = state.graphs.len();
    let arn = state.ensure_graph(&caller.account, &caller.region);
    // The same account gets the same graph again; its tags stay as they are.
    if state.graphs.len() > before {
        let graph = state.graphs.get_mut(&arn).expect("it was just made");
        add_tags(graph, input)?;
    }
    Ok(json!({"GraphArn": arn}))
}

pub(super) fn delete(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let arn = administered(state, caller, input)?.arn.clone();
    state.delete_graph(&arn);
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let own = |graph: &&Graph| graph.administrator == caller.account && graph.region == caller.region;
    let graphs: Vec<&Graph> = state.graphs.values().filter(own).collect();
    let (graphs, token) = page(graphs, |graph| graph.arn.clone(), input, 200)?;
    let graphs: Vec<Value> =
        graphs.into_iter().map(|graph| json!({"Arn": graph.arn, "CreatedTime": iso(graph.created)})).collect();
    Ok(with_token(json!({"GraphList": graphs}), token))
}

pub(super) fn tags(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = tagged(state, caller, input)?;
    if graph.tags.is_empty() {
        // The model's tag map has at least one entry.
        return Ok(json!({}));
    }
    Ok(json!({"Tags": graph.tags}))
}

pub(super) fn tag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    add_tags(tagged(state, caller, input)?, input)?;
    Ok(json!({}))
}

pub(super) fn untag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = tagged(state, caller, input)?;
    for key in texts(input, "TagKeys") {
        graph.tags.remove(key);
    }
    Ok(json!({}))
}

fn tagged<'a>(state: &'a mut State, caller: &Caller, input: &Value) -> Result<&'a mut Graph, AwsError> {
    let arn = json!({"GraphArn": input["ResourceArn"]});
    administered(state, caller, &arn)
}

fn add_tags(graph: &mut Graph, input: &Value) -> Result<(), AwsError> {
    let mut tags = graph.tags.clone();
    let added = input["Tags"].as_object().into_iter().flat_map(Map::iter);
    tags.extend(added.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())));
    if tags.len() > MAXIMUM_TAGS {
        return Err(AwsError::validation(format!("A behavior graph can have at most {MAXIMUM_TAGS} tags")));
    }
    graph.tags = tags;
    Ok(())
}
