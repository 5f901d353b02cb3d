//! Accepting connections, as many as there are places.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{Stream, stream};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

use super::{
    connection::Connection,
    places::{Free, Places},
};
use crate::{app::server::UNREAD, http::a2a::grpc::Peer};

/// How long accepting rests after it failed: there may be no file handles left.
const REST: Duration = Duration::from_millis(100);

/// Accepts for ever.
pub(super) fn accepted(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let from = (listener, Places::default());
    stream::unfold(from, async |(listener, places)| {
        let free = places.free().await?;
        let connection = next(&listener, free).await;
        Some((Ok(connection), (listener, places)))
    })
}

/// The next connection of a peer that has not too many of them.
async fn next(listener: &TcpListener, mut free: Free) -> Connection {
    loop {
        let (stream, address) = accept(listener).await;
        let peer = address.ip();
        free = match free.take(Some(peer)) {
            Ok(place) => return Connection::new(stream, Peer::new(Some(peer)), place),
            Err(free) => {
                tracing::debug!(%peer, "a gRPC connection is refused, its peer has too many");
                free
            }
        };
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Where the system has no such options, patience has to do.
                let _ = stream.set_nodelay(true);
                let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "a gRPC connection cannot be accepted");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::StreamExt;
    use tokio::io::AsyncReadExt;

    use super::{super::places::A_PEER, *};

    #[tokio::test]
    async fn a_peer_with_too_many_connections_is_hung_up_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = pin!(accepted(listener));
        let mut held = Vec::new();
        for _ in 0..A_PEER {
            let client = TcpStream::connect(address).await.unwrap();
            held.push((client, connections.next().await.unwrap().unwrap()));
        }
        let mut more = TcpStream::connect(address).await.unwrap();
        let mut byte = [0];
        tokio::select! {
            _ = connections.next() => panic!("there is a place for one more"),
            read = more.read(&mut byte) => assert!(matches!(read, Ok(0) | Err(_))),
        }
    }
}
