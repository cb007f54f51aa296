//! A flow definition as it is created. Clients check no more than that members are there, so what the service
//! refuses is refused here.

use serde::Deserialize;
use serde_json::Value;

use super::super::aws::error::AwsError;
use super::{check_name, in_arn, is_arn};

/// What may ask for human loops beside people's own programs.
const SOURCES: [&str; 2] =
    ["AWS/Rekognition/DetectModerationLabels/Image/V3", "AWS/Textract/AnalyzeDocument/Forms/V1"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewFlow {
    pub(super) flow_definition_name: String,
    output_config: OutputConfig,
    role_arn: String,
    pub(super) human_loop_config: Option<LoopConfig>,
    human_loop_activation_config: Option<Activation>,
    human_loop_request_source: Option<Source>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OutputConfig {
    #[serde(rename = "S3OutputPath")]
    path: String,
    kms_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoopConfig {
    workteam_arn: String,
    pub(super) human_task_ui_arn: String,
    pub(super) task_title: String,
    pub(super) task_description: String,
    pub(super) task_count: u32,
    pub(super) task_availability_lifetime_in_seconds: Option<u64>,
    pub(super) task_time_limit_in_seconds: Option<u64>,
    task_keywords: Option<Vec<String>>,
    public_workforce_task_price: Option<Price>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Price {
    amount_in_usd: Option<Amount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Amount {
    dollars: u32,
    cents: u32,
    tenth_fractions_of_a_cent: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Activation {
    human_loop_activation_conditions_config: Conditions,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Conditions {
    human_loop_activation_conditions: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Source {
    aws_managed_human_loop_request_source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

impl NewFlow {
    /// Refuses what the service does.
    pub(super) fn check(&self, public_url: Option<&str>) -> Result<(), AwsError> {
        check_name("FlowDefinitionName", &self.flow_definition_name)?;
        check_output(public_url, &self.output_config.path)?;
        let key = self.output_config.kms_key_id.as_deref().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
        if key.len() > 2_048 || !key.chars().all(plain) {
            return wrong("OutputConfig.KmsKeyId", "this is no key's id");
        }
        if !is_role(&self.role_arn) {
            return wrong("RoleArn", "give arn:aws:iam::ACCOUNT:role/NAME, 20 to 2048 characters");
        }
        self.human_loop_config.iter().try_for_each(LoopConfig::check)?;
        if let Some(Activation { human_loop_activation_conditions_config: given }) =
            &self.human_loop_activation_config
        {
            let member = "HumanLoopActivationConfig.HumanLoopActivationConditionsConfig.\
                          HumanLoopActivationConditions";
            let conditions = &given.human_loop_activation_conditions;
            length(member, conditions, 0, 10_240)?;
            if serde_json::from_str::<Value>(conditions).is_err() {
                return wrong(member, "it must be JSON");
            }
        }
        if let Some(source) = &self.human_loop_request_source
            && !SOURCES.contains(&source.aws_managed_human_loop_request_source.as_str())
        {
            let member = "HumanLoopRequestSource.AwsManagedHumanLoopRequestSource";
            return wrong(member, &format!("it takes {}", SOURCES.join(" or ")));
        }
        if self.tags.len() > 50 {
            return wrong("Tags", "it takes 50 at most");
        }
        self.tags.iter().try_for_each(|tag| {
            length("Tags.Key", &tag.key, 1, 128)?;
            length("Tags.Value", &tag.value, 0, 256)
        })
    }
}

impl LoopConfig {
    fn check(&self) -> Result<(), AwsError> {
        let team = &self.workteam_arn;
        if team.len() > 256 || !is_arn(team, "workteam") {
            let form =
                "give arn:aws:sagemaker:REGION:ACCOUNT:workteam/NAME, 256 characters at most";
            return wrong("HumanLoopConfig.WorkteamArn", form);
        }
        length("HumanLoopConfig.HumanTaskUiArn", &self.human_task_ui_arn, 0, 1_024)?;
        in_arn(&self.human_task_ui_arn, "human-task-ui")?;
        let title = &self.task_title;
        length("HumanLoopConfig.TaskTitle", title, 1, 128)?;
        if title.chars().any(|c| c > '\u{fffd}' || (c < ' ' && !"\t\n\r".contains(c))) {
            return wrong("HumanLoopConfig.TaskTitle", "it has signs that no title may have");
        }
        length("HumanLoopConfig.TaskDescription", &self.task_description, 1, 255)?;
        if !(1..=3).contains(&self.task_count) {
            return wrong("HumanLoopConfig.TaskCount", "it takes 1 to 3");
        }
        if self.task_availability_lifetime_in_seconds == Some(0) {
            return wrong(
                "HumanLoopConfig.TaskAvailabilityLifetimeInSeconds",
                "it takes 1 or more",
            );
        }
        if self.task_time_limit_in_seconds.is_some_and(|seconds| seconds < 30) {
            return wrong("HumanLoopConfig.TaskTimeLimitInSeconds", "it takes 30 or more");
        }
        let keywords = self.task_keywords.as_ref();
        if keywords.is_some_and(|words| {
            !(1..=5).contains(&words.len()) || !words.iter().all(|word| is_keyword(word))
        }) {
            let form =
                "it takes 1 to 5, each of 1 to 30 letters and digits with single spaces between";
            return wrong("HumanLoopConfig.TaskKeywords", form);
        }
        let price = self.public_workforce_task_price.as_ref();
        if let Some(amount) = price.and_then(|price| price.amount_in_usd.as_ref())
            && (amount.dollars > 2 || amount.cents > 99 || amount.tenth_fractions_of_a_cent > 9)
        {
            let form = "it takes up to 2 dollars, 99 cents and 9 tenths of a cent";
            return wrong("HumanLoopConfig.PublicWorkforceTaskPrice.AmountInUsd", form);
        }
        Ok(())
    }
}

fn wrong(member: &str, why: &str) -> Result<(), AwsError> {
    Err(AwsError::validation(format!("{member}: {why}")))
}

fn length(member: &str, text: &str, least: usize, most: usize) -> Result<(), AwsError> {
    if (least..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    wrong(member, &format!("it takes {least} to {most} characters"))
}

/// `[A-Za-z0-9]+( [A-Za-z0-9]+)*`, 30 characters at most.
fn is_keyword(word: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    word.len() <= 30 && word.split(' ').all(plain)
}

/// `arn:aws[a-z-]*:iam::ACCOUNT:role/?NAME`.
fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
    let name = resource.strip_prefix("role").unwrap_or_default();
    let name = name.strip_prefix('/').unwrap_or(name);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b);
    (20..=2_048).contains(&arn.len())
        && super::is_partition(partition)
        && super::is_account(account)
        && !name.is_empty()
        && name.bytes().all(plain)
}

/// Only buckets, which are read through the endpoint that the client knows already, and this server:
/// clients send their keys to wherever an output is said to be.
fn check_output(public_url: Option<&str>, path: &str) -> Result<(), AwsError> {
    let bucket = path.strip_prefix("s3://").is_some_and(is_place);
    let here = public_url.into_iter().flat_map(own_addresses).any(|own| {
        let rest = path.strip_prefix(&own).and_then(|rest| rest.strip_prefix("/compat/a2i/"));
        rest.is_some_and(is_place)
    });
    if (bucket || here) && path.len() <= 1024 {
        return Ok(());
    }
    let own = public_url.unwrap_or("the server's `public_url`");
    let message = format!(
        "OutputConfig.S3OutputPath: give s3://BUCKET[/PREFIX], or {own}/compat/a2i/NAME: an address \
         of this server and no other"
    );
    Err(AwsError::validation(message))
}

fn is_place(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with('/') && !rest.contains("..")
}

/// Where the server is reached; on this machine by number as well.
fn own_addresses(public_url: &str) -> Vec<String> {
    let mut own = vec![public_url.to_owned()];
    let local = public_url.split_once("://localhost");
    if let Some((scheme, port)) = local.filter(|(_, rest)| rest.is_empty() || rest.starts_with(':'))
    {
        own.extend(["127.0.0.1", "[::1]"].map(|host| format!("{scheme}://{host}{port}")));
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_lie_in_buckets_or_on_this_server() {
        let here = Some("https://tandem.example.org");
        for (path, good) in [
            ("s3://answers", true),
            ("s3://answers/of/a2i", true),
            ("s3://", false),
            ("s3:///x", false),
            ("s3://answers/../x", false),
            ("https://tandem.example.org/compat/a2i/x", true),
            ("https://tandem.example.org/compat/a2i/", false),
            ("https://tandem.example.org/v1/x", false),
            ("https://tandem.example.org.evil.example/compat/a2i/x", false),
            ("https://tandem.example.org@evil.example/compat/a2i/x", false),
            ("https://evil.example/compat/a2i/x", false),
            ("http://127.0.0.1:8460/compat/a2i/x", false),
            ("x", false),
        ] {
            assert_eq!(check_output(here, path).is_ok(), good, "{path}");
        }
        let local = Some("http://localhost:8460");
        for (path, good) in [
            ("http://localhost:8460/compat/a2i/x", true),
            ("http://127.0.0.1:8460/compat/a2i/x", true),
            ("http://[::1]:8460/compat/a2i/x", true),
            ("http://127.0.0.1:1/compat/a2i/x", false),
        ] {
            assert_eq!(check_output(local, path).is_ok(), good, "{path}");
        }
        assert!(
            check_output(
                Some("http://localhost.evil.example"),
                "http://127.0.0.1.evil.example/compat/a2i/x"
            )
            .is_err()
        );
        assert!(check_output(None, "https://tandem.example.org/compat/a2i/x").is_err());
    }
}
