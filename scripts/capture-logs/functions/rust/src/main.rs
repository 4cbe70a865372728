//! The function whose logs are captured: the event says what it does.
use lambda_runtime::{run, service_fn, tracing, Diagnostic, Error, LambdaEvent};
use serde_json::{json, Value};
use std::{collections::HashMap, env, fmt};

const CHILD: &str = "c0ffee00-1234-4321-8888-00000000000c";

#[derive(Debug)]
struct OrderError {
    message: &'static str,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for OrderError {}

#[derive(Debug)]
enum Failure {
    Boxed(Error),
    Named(OrderError),
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        match failure {
            Failure::Boxed(error) => error.into(),
            Failure::Named(error) => Diagnostic {
                error_type: "OrderError".into(),
                error_message: error.to_string(),
            },
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Boxed(error.into())
    }
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Failure> {
    println!("plain line");
    tracing::info!("info line");
    match event.payload["situation"].as_str().unwrap_or_default() {
        "ok" => Ok(json!({ "ok": true })),
        "printed_errors" => {
            println!("ERROR Lambda runtime invoke{{requestId=\"{CHILD}\"}}: printed");
            println!("[ERROR] OrderError: printed");
            println!("thread 'main' panicked at src/main.rs:1:1:");
            println!("START RequestId: {CHILD} Version: $LATEST");
            println!("END RequestId: {CHILD}");
            println!("REPORT RequestId: {CHILD}\tDuration: 5.00 ms\tStatus: timeout");
            Ok(json!({ "ok": true }))
        }
        "logged_error" => {
            tracing::error!("handled by the function");
            tracing::error!(error = "handled by the function", "the order is skipped");
            tracing::error!("{:?}", OrderError { message: "handled by the function" });
            Ok(json!({ "ok": true }))
        }
        "raised" => Err(OrderError { message: "the order is incomplete" }.into()),
        "named" => Err(Failure::Named(OrderError { message: "the order is incomplete" })),
        "text" => Err("just a text".into()),
        "no_message" => Err("".into()),
        "several_lines" => Err("first line\nsecond line".into()),
        "beyond_ascii" => Err("prüfung schlug fehl".into()),
        "quotes_error" => Err(format!("child failed: ERROR Lambda runtime invoke{{requestId=\"{CHILD}\"}}: x").into()),
        "huge_message" => Err("x".repeat(300_000).into()),
        "std_error" => Err("no number".parse::<u8>().unwrap_err().into()),
        "unserialisable" => Ok(serde_json::to_value(HashMap::from([((1, 2), 3)]))?),
        "panic" => panic!("broken"),
        "unwrap" => Ok(json!("no number".parse::<u8>().unwrap())),
        "exit_now" => std::process::exit(3),
        "abort" => std::process::abort(),
        "recursion" => Ok(json!(recursion(0))),
        "too_large" => Ok(json!("x".repeat(7_000_000))),
        other => Err(format!("no situation {other}").into()),
    }
}

#[allow(unconditional_recursion)]
fn recursion(depth: u64) -> u64 {
    std::hint::black_box(recursion(std::hint::black_box(depth) + 1)) + 1
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    match env::var("SUBSCRIBER").unwrap_or_default().as_str() {
        "lambda" => tracing::init_default_subscriber(),
        "plain" => tracing_subscriber::fmt().init(),
        "compact" => tracing_subscriber::fmt().compact().init(),
        "json" => tracing_subscriber::fmt().json().init(),
        "off" => tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::OFF).init(),
        "panic_in_init" => panic!("broken while starting"),
        "error_in_init" => return Err("refused while starting".into()),
        _ => {}
    }
    run(service_fn(handle)).await
}
