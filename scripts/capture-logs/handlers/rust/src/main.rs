//! Handlers whose logs are captured: one case per situation.
use lambda_runtime::{run, service_fn, tracing, Error, LambdaEvent};
use serde_json::{json, Value};

#[derive(Debug)]
struct AppError(&'static str);

impl std::fmt::Display for AppError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for AppError {}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match event.payload["situation"].as_str().unwrap_or_default() {
        "ok" => {
            println!("plain line");
            tracing::warn!("warn line");
            Ok(json!({ "ok": true }))
        }
        "raise_message" | "raise_message_silent" => {
            println!("plain line");
            Err(Box::new(AppError("boom\nsecond line")))
        }
        "raise_nonascii" => Err(Box::new(AppError("ä"))),
        "panic" => panic!("boom"),
        other => Err(other.to_string().into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("SUBSCRIBER").as_deref() != Ok("none") {
        tracing::init_default_subscriber();
    }
    run(service_fn(handle)).await
}
