//! A function that answers every event with a constant, and makes no call.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |_event: LambdaEvent<Value>| Ok::<_, Error>(json!({"function": "baseline"}))))
        .await
}
