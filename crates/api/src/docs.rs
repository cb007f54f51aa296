//! The OpenAPI document, made from the code.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use crate::config::ApiConfig;
use crate::problem::Problem;

/// Routes that take no credentials.
pub const OPEN: [&str; 8] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/v1/session",
    "/v1/session/link",
    "/v1/slack/interactions",
];

/// The document before routes are added.
pub(crate) fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Tandem")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Keeps people in charge of automated decisions. Errors are RFC 9457 problems with a \
             stable `code` and the failing `path`; times are RFC 3339 in UTC; POSTs take an \
             `Idempotency-Key`.",
        ))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// The OpenAPI document of every route.
pub fn openapi() -> OpenApi {
    let mut document = crate::routes::described(&ApiConfig::default()).into_openapi();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("tdm_…").build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new(crate::auth::COOKIE));
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut nested = Vec::new();
    Problem::schemas(&mut nested);
    components.schemas.extend(nested);
    for (path, item) in &mut document.paths.paths {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for (at, operation) in operations.into_iter().enumerate() {
            let Some(operation) = operation else { continue };
            operation.responses.responses.insert("default".to_owned(), problem());
            // Signing in is open; reading and ending a session is not.
            if !OPEN.contains(&path.as_str()) || (path == "/v1/session" && at != 1) {
                operation.security = Some(vec![
                    SecurityRequirement::new::<_, [&str; 0], &str>("key", []),
                    SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
                ]);
            }
        }
    }
    document
}

/// [`openapi`] as the text that is committed.
pub fn openapi_json() -> String {
    // A document of strings and numbers is always JSON.
    let mut text = openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

fn problem() -> RefOr<utoipa::openapi::Response> {
    let schema = Ref::from_schema_name(Problem::name());
    let response = ResponseBuilder::new()
        .description("What went wrong")
        .content("application/problem+json", Content::new(Some(schema)))
        .build();
    RefOr::T(response)
}
