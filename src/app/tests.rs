use super::*;

async fn gateway(data: &std::path::Path) -> Gateway {
    let vars = [
        ("ATTACH_CONFIG", "/dev/null"),
        ("ATTACH_DATA", data.to_str().unwrap()),
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "us"),
        ("GRPC_PORT", "0"),
        ("SHUTDOWN_GRACE", "5"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(&vars.into()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Gateway::build(config, listener).await.unwrap()
}

#[actix_web::test]
async fn the_gateway_goes_down_when_its_grpc_server_dies() {
    let data = tempfile::tempdir().unwrap();
    let mut gateway = gateway(data.path()).await;
    gateway.grpc.break_down();
    let ended = gateway.run_until(std::future::pending()).await;
    let error = ended.unwrap_err().to_string();
    assert!(error.contains("gRPC server"), "{error}");
}
