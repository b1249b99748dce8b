//! Calls to Amazon SQS.

use std::cell::OnceCell;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
    SendMessageBatchRequestEntry,
};
use aws_smithy_types::DateTime;
use futures_util::future::join_all;

use crate::error::{CallCause, CallError};

/// How many messages one call takes or gives.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>
const BATCH: usize = 10;

/// When a message was sent, by the queue's own clock.
const SENT: MessageSystemAttributeName = MessageSystemAttributeName::SentTimestamp;

/// When a message that was received was sent, in milliseconds by the queue's own clock; `None` if SQS left it out.
pub fn sent(message: &Message) -> Option<DateTime> {
    let milliseconds = message.attributes.as_ref()?.get(&SENT)?.parse().ok()?;
    Some(DateTime::from_millis(milliseconds))
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    config: SdkConfig,
    client: OnceCell<Client>,
    url: String,
}

impl Queue {
    /// The queue at a URL, in the Region of the settings.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { config: config.clone(), client: OnceCell::new(), url }
    }

    /// Made when it is first needed: most invocations send nothing, and a client takes time to make.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
    }

    /// Sends messages.
    ///
    /// # Errors
    /// The call's error, or the first message's that was not taken.
    pub async fn send(&self, bodies: &[String]) -> Result<(), CallError> {
        self.send_after(0, bodies).await
    }

    /// Sends messages that are received after some seconds at the earliest, 900 at the most.
    ///
    /// # Errors
    /// As for [`Queue::send`].
    pub async fn send_after(&self, seconds: i32, bodies: &[String]) -> Result<(), CallError> {
        const OPERATION: &str = "SendMessageBatch";
        for batch in bodies.chunks(BATCH) {
            let mut request = self.client().send_message_batch().queue_url(&self.url);
            for (index, body) in batch.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
                let entry = entry.delay_seconds(seconds).build();
                let entry =
                    entry.map_err(|error| CallError::new(OPERATION, CallCause::InvalidRequest, &error.to_string()))?;
                request = request.entries(entry);
            }
            let answer = request.send().await.map_err(CallError::of(OPERATION))?;
            if let Some(failed) = answer.failed().first() {
                return Err(CallError::answered(
                    OPERATION,
                    failed.code(),
                    failed.message().unwrap_or("no reason given"),
                ));
            }
        }
        Ok(())
    }

    /// Receives a batch of messages, with when they were sent. It is empty only if the queue is: all of SQS's servers are asked.
    ///
    /// # Errors
    /// The call's error.
    pub async fn receive(&self) -> Result<Vec<Message>, CallError> {
        let request = self.client().receive_message().queue_url(&self.url).max_number_of_messages(10);
        let request = request.wait_time_seconds(1).message_system_attribute_names(SENT);
        let answer = request.send().await.map_err(CallError::of("ReceiveMessage"))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Deletes messages that were received. One that cannot be deleted is received again.
    ///
    /// # Errors
    /// The first call's error.
    pub async fn delete(&self, handles: &[String]) -> Result<(), CallError> {
        const OPERATION: &str = "DeleteMessageBatch";
        for batch in handles.chunks(BATCH) {
            let mut request = self.client().delete_message_batch().queue_url(&self.url);
            for (index, handle) in batch.iter().enumerate() {
                let entry =
                    DeleteMessageBatchRequestEntry::builder().id(index.to_string()).receipt_handle(handle).build();
                let entry =
                    entry.map_err(|error| CallError::new(OPERATION, CallCause::InvalidRequest, &error.to_string()))?;
                request = request.entries(entry);
            }
            request.send().await.map_err(CallError::of(OPERATION))?;
        }
        Ok(())
    }

    /// Lets messages that were received be received again after some seconds, 43,200 at the most. One that cannot be changed
    /// stops no other: it is received again when the queue's visibility timeout is over.
    ///
    /// # Errors
    /// The first call's error, or the first message's.
    ///
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html>
    pub async fn retry_after(&self, seconds: i32, handles: &[&str]) -> Result<(), CallError> {
        const OPERATION: &str = "ChangeMessageVisibilityBatch";
        let change = async |batch: &[&str]| {
            let mut request = self.client().change_message_visibility_batch().queue_url(&self.url);
            for (index, handle) in batch.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(index.to_string());
                let entry = entry.receipt_handle(*handle).visibility_timeout(seconds).build();
                let entry =
                    entry.map_err(|error| CallError::new(OPERATION, CallCause::InvalidRequest, &error.to_string()))?;
                request = request.entries(entry);
            }
            let answer = request.send().await.map_err(CallError::of(OPERATION))?;
            let Some(failed) = answer.failed().first() else { return Ok(()) };
            Err(CallError::answered(OPERATION, failed.code(), failed.message().unwrap_or("no reason given")))
        };
        // How many go out at once is what the rate limiter decides.
        join_all(handles.chunks(BATCH).map(change)).await.into_iter().collect()
    }
}
