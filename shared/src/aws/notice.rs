//! Messages for people, in the form of each way to get them.

use serde_json::{Value, json};

use crate::error::cut;

/// How many characters of a description and of a step a chat shows. AWS does not publish a limit; a block of Slack has 3,000.
const MAX_DESCRIPTION: usize = 2_900;
const MAX_STEP: usize = 500;

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: one line of less than 100 characters, the subject of a mail.
    pub title: String,
    /// The text, in lines.
    pub text: String,
    /// What to do, a sentence each.
    pub next_steps: Vec<String>,
}

impl Notice {
    /// The text for each of SNS's protocols. Mail and all others get plain text. Amazon Q Developer in chat applications subscribes by
    /// HTTPS, and shows nothing but its own form.
    pub(super) fn texts(&self) -> Value {
        let mut plain = self.text.clone();
        if !self.next_steps.is_empty() {
            plain.push_str("\nWhat to do\n\n");
            self.next_steps.iter().for_each(|step| plain.push_str(&format!("- {step}\n")));
        }
        json!({"default": plain, "sms": self.title, "https": self.chat().to_string()})
    }

    /// A custom notification.
    ///
    /// <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
    fn chat(&self) -> Value {
        let mut content = json!({
            "textType": "client-markdown",
            "title": plain(&self.title),
            "description": cut(&plain(&self.text), MAX_DESCRIPTION),
            "keywords": ["Amazon Detective"],
        });
        if !self.next_steps.is_empty() {
            let steps = self.next_steps.iter().map(|step| cut(&plain(step), MAX_STEP));
            content["nextSteps"] = steps.collect::<Vec<_>>().into();
        }
        json!({"version": "1.0", "source": "custom", "content": content, "metadata": {"summary": plain(&self.title)}})
    }
}

/// A text of which a chat makes no link and calls nobody, whatever an answer of AWS repeats.
fn plain(text: &str) -> String {
    text.replace('<', "\u{2039}").replace('>', "\u{203a}").replace('@', "\u{ff20}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_gets_plain_text_and_a_chat_its_own_form() {
        let notice = Notice {
            title: "Coverage: 50 %".to_owned(),
            text: "Covered: 1 of 2\n".to_owned(),
            next_steps: vec!["call <!channel> or <https://example.com|AWS>, @here".to_owned()],
        };
        let texts = notice.texts();
        let steps = "call <!channel> or <https://example.com|AWS>, @here";
        assert_eq!(texts["default"], format!("Covered: 1 of 2\n\nWhat to do\n\n- {steps}\n"));
        assert_eq!(texts["sms"], "Coverage: 50 %");
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        let step = "call \u{2039}!channel\u{203a} or \u{2039}https://example.com|AWS\u{203a}, \u{ff20}here";
        let content = json!({
            "textType": "client-markdown", "title": "Coverage: 50 %", "description": "Covered: 1 of 2\n",
            "keywords": ["Amazon Detective"], "nextSteps": [step],
        });
        let metadata = json!({"summary": "Coverage: 50 %"});
        assert_eq!(chat, json!({"version": "1.0", "source": "custom", "content": content, "metadata": metadata}));
    }

    #[test]
    fn a_chat_gets_what_it_shows_of_a_long_text() {
        let notice = Notice { title: "t".to_owned(), text: "x".repeat(10_000), next_steps: Vec::new() };
        let texts = notice.texts();
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        assert!(chat["content"]["description"].as_str().unwrap().chars().count() < 3_000);
        assert_eq!(chat["content"]["nextSteps"], Value::Null);
        assert_eq!(texts["default"].as_str().unwrap().len(), 10_000);
    }
}
