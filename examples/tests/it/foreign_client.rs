//! Somebody else's OAuth client, the crate `oauth2`, against our DVA over real TLS with a client certificate.

use std::sync::Arc;

use medmij_core::{AccessToken, CorrelationId, Digest, RequestId, SystemRandom};
use medmij_examples::client::plain;
use medmij_examples::demo::{self, Options};
use medmij_examples::person::{Browser, Declares, SOMEBODY};
use medmij_examples::steps::Steps;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, RedirectUrl, RefreshToken, Scope, TokenResponse as _,
    TokenUrl,
};

/// Sends what the crate asks to be sent, with the two ids that the framework asks for and the crate does not know.
async fn send(http: &reqwest::Client, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, reqwest::Error> {
    let ids = (
        RequestId::random(&mut SystemRandom),
        CorrelationId::random(&mut SystemRandom),
    );
    let mut request = reqwest::Request::try_from(request)?;
    let headers = request.headers_mut();
    headers.insert("MedMij-Request-ID", ids.0.unwrap().as_str().parse().unwrap());
    headers.insert("X-Correlation-ID", ids.1.unwrap().as_str().parse().unwrap());
    let response = http.execute(request).await?;
    let mut answer = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    Ok(answer.body(response.bytes().await?.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oauth2_crate_exchanges_a_code_and_refreshes() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(folder.path());
    let steps = Arc::new(Steps::default());
    let servers = demo::start(&options, &steps).await.unwrap();
    let backchannel = plain(&servers.pki, Some(&servers.pgo), &servers.resolve).unwrap();
    let http = |request| send(&backchannel, request);

    // Endpoints as they stand in the list.
    let client = BasicClient::new(ClientId::new(servers.pgo.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new("https://inloggen.dva.example/oauth/authorize".into()).unwrap())
        .set_token_uri(TokenUrl::new("https://medmij.dva.example/oauth/token".into()).unwrap())
        .set_redirect_uri(RedirectUrl::new(format!("https://{}/cb", servers.pgo)).unwrap());
    let (authorize, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("ziekenhuisvoorbeeld".into()))
        .url();

    let mut browser = Browser::new(plain(&servers.pki, None, &servers.resolve).unwrap(), steps);
    let uri = authorize.as_str().parse().unwrap();
    let back = browser.authorize(&uri, Declares::Langdurig, SOMEBODY).await.unwrap();
    let location: url::Url = back.location().unwrap().to_string().parse().unwrap();
    let parameter = |name: &str| {
        let mut pairs = location.query_pairs();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
            .unwrap()
    };
    assert_eq!(parameter("state"), *state.secret());
    let code = AuthorizationCode::new(parameter("code"));

    let first = client.exchange_code(code.clone()).request_async(&http).await.unwrap();
    assert_eq!(first.expires_in().map(|time| time.as_secs()), Some(900));
    let scopes: Vec<_> = first.scopes().unwrap().iter().map(|scope| scope.as_str()).collect();
    assert!(scopes.contains(&"48"), "{scopes:?}");
    let refresh = |token: RefreshToken| {
        let (client, http) = (&client, &http);
        async move { client.exchange_refresh_token(&token).request_async(http).await }
    };
    let first_refresh = first.refresh_token().unwrap().clone();
    let second = refresh(first_refresh.clone()).await.unwrap();
    let second_refresh = second.refresh_token().unwrap().clone();
    assert_ne!(first_refresh.secret(), second_refresh.secret());
    assert_ne!(first.access_token().secret(), second.access_token().secret());

    // Both access tokens give data, until the first refresh token is offered once more.
    let patient = |token: &str| {
        let request = backchannel
            .get("https://medmij.dva.example/fhir/ziekenhuisvoorbeeld/48/Patient")
            .bearer_auth(token);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    for token in [first.access_token(), second.access_token()] {
        assert!(token.secret().parse::<AccessToken>().is_ok());
        assert_eq!(patient(token.secret()).await, 200);
    }
    for replay in [first_refresh, second_refresh] {
        let error = refresh(replay).await.unwrap_err();
        assert!(format!("{error:?}").contains("invalid_grant"), "{error:?}");
    }
    assert_eq!(patient(second.access_token().secret()).await, 401);
    let error = client
        .exchange_code(code.clone())
        .request_async(&http)
        .await
        .unwrap_err();
    assert!(format!("{error:?}").contains("invalid_grant"), "{error:?}");

    // Nothing of all this stands readable in what the DVA stored.
    let mut stored = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().contains("dva.sqlite") {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
    let is_stored = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    for secret in [
        code.secret(),
        first.access_token().secret(),
        second.refresh_token().unwrap().secret(),
        state.secret(),
        "999990019",
    ] {
        assert!(!is_stored(secret));
    }
    let digest = Digest::of(code.secret().as_bytes());
    assert!(
        stored.windows(32).any(|window| window == digest.as_bytes()),
        "digests only"
    );
}
