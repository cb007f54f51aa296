//! The setting up of Amazon A2I: templates and flow definitions.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::TestApp;

use crate::dialects::{Aws, LOOPS, judge};

const PAGE: &str = "<crowd-classifier name=\"mood\" categories=\"['good', 'bad']\">\
                    {{ task.input.text }}</crowd-classifier>";
const MOOD: &str = "loop: mood
input: { text: { kind: text }, more: { kind: json, required: false } }
answer: { mood: { kind: choice, options: [good, bad] } }
review: { undo: 0s }
";

fn ui(name: &str) -> Value {
    json!({"HumanTaskUiName": name, "UiTemplate": {"Content": PAGE}})
}

/// A flow definition as the service takes it.
fn flow(output: &str) -> Value {
    json!({
        "FlowDefinitionName": "mood",
        "OutputConfig": {"S3OutputPath": output},
        "RoleArn": "arn:aws:iam::123456789012:role/a2i",
        "HumanLoopConfig": {
            "WorkteamArn": "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/w",
            "HumanTaskUiArn": "arn:aws:sagemaker:eu-west-1:123456789012:human-task-ui/page",
            "TaskTitle": "Moods",
            "TaskDescription": "Good or bad?",
            "TaskCount": 1,
        },
    })
}

#[tokio::test]
async fn a_flow_that_is_deleted_moves_no_output() {
    let app = TestApp::new().await;
    app.publish(MOOD).await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    aws.control("CreateHumanTaskUi", &ui("page")).await.expect(200);
    let arn = aws.control("CreateFlowDefinition", &flow("s3://answers/of/a2i")).await.expect(200)
        ["FlowDefinitionArn"]
        .clone();
    let content = json!({"text": "fine", "seen": [1]}).to_string();
    let begun = json!({"HumanLoopName": "one", "FlowDefinitionArn": arn,
        "HumanLoopInput": {"InputContent": content}});
    aws.send("sagemaker", "POST", LOOPS, &begun.to_string()).await.expect(200);
    // While somebody may still answer, the definition is in use.
    let name = json!({"FlowDefinitionName": "mood"});
    let early = aws.control("DeleteFlowDefinition", &name).await.expect(400);
    assert_eq!(early["__type"], "ResourceInUse", "{early}");
    aws.control("DescribeFlowDefinition", &name).await.expect(200);
    let said = json!({"verdict": "answer", "answer": {"mood": "good"}});
    judge(&person, "mood", said).await.expect(201);
    let one = format!("{LOOPS}/one");
    let read = async || {
        let shown = aws.send("sagemaker", "GET", &one, "").await.expect(200);
        let uri = shown["HumanLoopOutput"]["OutputS3Uri"].as_str().unwrap().to_owned();
        let path = uri.replace("s3:/", "/compat/a2i");
        (uri, aws.send("s3", "GET", &path, "").await.expect(200))
    };
    let (uri, document) = read().await;
    assert!(uri.starts_with("s3://answers/of/a2i/mood/"), "{uri}");
    assert_eq!(document["humanAnswers"][0]["answerContent"], json!({"mood": {"label": "good"}}));
    assert_eq!(document["inputContent"], json!({"text": "fine", "seen": [1]}));
    aws.control("DeleteFlowDefinition", &name).await.expect(200);
    let gone = aws.control("DescribeFlowDefinition", &name).await.expect(400);
    assert_eq!(gone["__type"], "ResourceNotFound");
    assert_eq!(read().await, (uri.clone(), document.clone()), "it lies where it lay");
    // Nor does another definition of that name.
    aws.control("CreateFlowDefinition", &flow("s3://elsewhere")).await.expect(200);
    assert_eq!(read().await, (uri, document));
}

#[tokio::test]
async fn a_human_loop_that_was_stopped_holds_no_flow() {
    let app = TestApp::new().await;
    app.publish(MOOD).await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    aws.control("CreateHumanTaskUi", &ui("page")).await.expect(200);
    let made = aws.control("CreateFlowDefinition", &flow("s3://answers")).await.expect(200);
    let begun = json!({"HumanLoopName": "one", "FlowDefinitionArn": made["FlowDefinitionArn"],
        "HumanLoopInput": {"InputContent": "{\"text\": \"fine\"}"}});
    aws.send("sagemaker", "POST", LOOPS, &begun.to_string()).await.expect(200);
    let name = json!({"FlowDefinitionName": "mood"});
    aws.control("DeleteFlowDefinition", &name).await.expect(400);
    let stop = json!({"HumanLoopName": "one"}).to_string();
    aws.send("sagemaker", "POST", &format!("{LOOPS}/stop"), &stop).await.expect(200);
    aws.control("DeleteFlowDefinition", &name).await.expect(200);
}

/// boto3 checks no lengths, patterns or bounds of these, so whoever tests against Tandem learns of them here.
#[tokio::test]
async fn what_the_service_refuses_of_a_flow_is_refused() {
    let app = TestApp::new().await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    aws.control("CreateHumanTaskUi", &ui("page")).await.expect(200);
    let config = |member: &str, value: Value| (format!("/HumanLoopConfig/{member}"), value);
    let long = |count: usize| json!("x".repeat(count));
    let mut wrong = vec![
        config("WorkteamArn", Value::Null),
        config("WorkteamArn", json!("w")),
        config("WorkteamArn", json!("arn:aws:sagemaker:eu-west-1:12:workteam/private-crowd/w")),
        config("WorkteamArn", json!("arn:aws:sagemaker:eu-west-1:123456789012:human-task-ui/w")),
        config("HumanTaskUiArn", Value::Null),
        config("TaskTitle", Value::Null),
        config("TaskTitle", json!("")),
        config("TaskTitle", long(129)),
        config("TaskTitle", json!("a\u{1}b")),
        config("TaskDescription", Value::Null),
        config("TaskDescription", json!("")),
        config("TaskDescription", long(256)),
        config("TaskCount", Value::Null),
        config("TaskCount", json!(0)),
        config("TaskCount", json!(4)),
        config("TaskAvailabilityLifetimeInSeconds", json!(0)),
        config("TaskTimeLimitInSeconds", json!(29)),
        config("TaskKeywords", json!([])),
        config("TaskKeywords", json!(["a", "b", "c", "d", "e", "f"])),
        config("TaskKeywords", json!(["two  spaces"])),
        config("TaskKeywords", json!(["x".repeat(31)])),
        config("PublicWorkforceTaskPrice", json!({"AmountInUsd": {"Dollars": 3}})),
    ];
    for (pointer, value) in [
        ("/FlowDefinitionName", json!("Upper")),
        ("/FlowDefinitionName", long(64)),
        ("/OutputConfig/S3OutputPath", Value::Null),
        ("/OutputConfig/KmsKeyId", json!("no id")),
        ("/RoleArn", Value::Null),
        ("/RoleArn", json!("arn:aws:iam::1:role/x")),
        ("/RoleArn", json!("arn:aws:sagemaker::123456789012:role/a2i")),
        ("/HumanLoopRequestSource", json!({"AwsManagedHumanLoopRequestSource": "AWS/Other"})),
        ("/Tags", json!([{"Key": "", "Value": "x"}])),
    ] {
        wrong.push((pointer.to_owned(), value));
    }
    for conditions in [long(10_241), json!("no JSON")] {
        let conditions = json!({"HumanLoopActivationConditions": conditions});
        let activation = json!({"HumanLoopActivationConditionsConfig": conditions});
        wrong.push(("/HumanLoopActivationConfig".to_owned(), activation));
    }
    for (pointer, value) in wrong {
        let mut sent = flow("s3://answers");
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = sent.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(parent.remove(member)),
            ref value => drop(parent.insert(member.to_owned(), value.clone())),
        }
        let refused = aws.control("CreateFlowDefinition", &sent).await.expect(400);
        assert_eq!(refused["__type"], "ValidationException", "{pointer} {value}: {refused}");
        let said = refused["Message"].as_str().unwrap();
        assert!(!said.is_empty(), "{pointer}");
    }
    let listed = aws.control("ListFlowDefinitions", &json!({})).await.expect(200);
    assert_eq!(listed["FlowDefinitionSummaries"], json!([]), "nothing was made");
    // At the bounds it is taken.
    let mut most = flow("s3://answers");
    let config = &mut most["HumanLoopConfig"];
    (config["TaskTitle"], config["TaskDescription"]) = (long(128), long(255));
    config["TaskCount"] = json!(3);
    config["TaskTimeLimitInSeconds"] = json!(30);
    config["TaskAvailabilityLifetimeInSeconds"] = json!(1);
    config["TaskKeywords"] = json!(["one word", "x".repeat(30)]);
    config["PublicWorkforceTaskPrice"] = json!({"AmountInUsd": {"Dollars": 2, "Cents": 99}});
    let conditions = json!({"HumanLoopActivationConditions": "{\"Conditions\": []}"});
    most["HumanLoopActivationConfig"] = json!({"HumanLoopActivationConditionsConfig": conditions});
    let source = json!("AWS/Textract/AnalyzeDocument/Forms/V1");
    most["HumanLoopRequestSource"] = json!({"AwsManagedHumanLoopRequestSource": source});
    aws.control("CreateFlowDefinition", &most).await.expect(200);
}

#[tokio::test]
async fn templates_are_described_listed_and_deleted() {
    let app = TestApp::new().await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    let mut times = Vec::new();
    for name in ["a", "b", "c"] {
        let made = aws.control("CreateHumanTaskUi", &ui(name)).await.expect(200);
        let arn = made["HumanTaskUiArn"].as_str().unwrap();
        assert!(arn.ends_with(&format!(":human-task-ui/{name}")), "{arn}");
        let name = json!({"HumanTaskUiName": name});
        let shown = aws.control("DescribeHumanTaskUi", &name).await.expect(200);
        assert_eq!(
            (&shown["HumanTaskUiArn"], &shown["HumanTaskUiStatus"]),
            (&json!(arn), &json!("Active"))
        );
        let hash = hex::encode(Sha256::digest(PAGE.as_bytes()));
        assert_eq!(shown["UiTemplate"]["ContentSha256"], hash);
        times.push(shown["CreationTime"].as_f64().unwrap());
        app.advance(1_000_000);
    }
    let listed = async |query: Value| -> Vec<String> {
        let listed = aws.control("ListHumanTaskUis", &query).await.expect(200);
        let items = listed["HumanTaskUiSummaries"].as_array().unwrap();
        items.iter().map(|one| one["HumanTaskUiName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(json!({})).await, ["c", "b", "a"]);
    assert_eq!(listed(json!({"SortOrder": "Ascending", "MaxResults": 2})).await, ["a", "b"]);
    assert_eq!(listed(json!({"CreationTimeBefore": times[1]})).await, ["a"]);
    assert_eq!(listed(json!({"CreationTimeAfter": times[1]})).await, ["c", "b"]);
    let both = json!({"CreationTimeAfter": times[1], "CreationTimeBefore": times[2]});
    assert_eq!(listed(both).await, ["b"]);
    let name = json!({"HumanTaskUiName": "b"});
    aws.control("DeleteHumanTaskUi", &name).await.expect(200);
    assert_eq!(listed(json!({})).await, ["c", "a"]);
    for operation in ["DescribeHumanTaskUi", "DeleteHumanTaskUi"] {
        let gone = aws.control(operation, &name).await.expect(400);
        assert_eq!(gone["__type"], "ResourceNotFound", "{operation}");
    }
}
