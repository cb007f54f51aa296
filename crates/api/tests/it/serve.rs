//! The server on a socket: it answers, compresses, and ends in time with streams open.

use std::time::{Duration, Instant};

use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_engine::accounts::NewKey;
use tandem_engine::principal::Principal;
use tandem_testkit::{TestApp, by_hand};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

async fn connect(address: std::net::SocketAddr, path: &str, headers: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// Reads until `end` came.
async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(end) {
        let mut piece = [0; 4_096];
        let read = tokio::time::timeout(Duration::from_mins(1), socket.read(&mut piece)).await;
        let read = read.unwrap().unwrap();
        assert_ne!(read, 0, "only {}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn the_server_ends_in_time_with_a_stream_and_a_parked_caller_open() {
    // What ends by itself only after its time of grace would be seen.
    let app = TestApp::builder().config(|c| c.grace = Duration::from_mins(10)).start().await;
    app.publish(&by_hand("tickets")).await;
    let new = NewKey {
        name: "k".to_owned(),
        grants: vec![(LoopScope::All, Role::Admin)],
        ..NewKey::default()
    };
    let system = Principal::system("default");
    let key = app.engine.accounts().make_key(&system, new).await.unwrap().secret;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(tandem_api::serve(listener, app.state.clone(), async {
        drop(stopped.await);
    }));
    let mut health = connect(address, "/healthz", "connection: close\r\n").await;
    assert!(read_until(&mut health, "ok").await.starts_with("HTTP/1.1 200"));
    let auth = format!("authorization: Bearer {key}\r\n");
    let mut stream = connect(address, "/v1/events", &auth).await;
    read_until(&mut stream, "loop.").await;
    let submitter = app.machine(LoopScope::All, Role::Submitter).await;
    let made = submitter.post("/v1/loops/tickets/cases", tandem_testkit::case(0.5)).await;
    let path = format!("/v1/cases/{}?wait=120s", made.expect(201)["id"].as_str().unwrap());
    let mut parked = connect(address, &path, &auth).await;
    while app.engine.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    stop.send(()).unwrap();
    assert!(read_until(&mut parked, "\"queued\"").await.starts_with("HTTP/1.1 202"));
    server.await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn large_json_is_compressed_where_the_client_takes_it() {
    let app = TestApp::new().await;
    let plain = app.client.get("/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed = app.client.with("accept-encoding", "gzip").get("/openapi.json").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() * 3 < plain.body.len());
    let packed = app.client.with("accept-encoding", "br").get("/openapi.json").await;
    assert_eq!(packed.header("content-encoding"), "br");
}
