//! A connection of the gRPC server, which ends by itself when it is not used.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tonic::transport::server::Connected;

use super::{patience::Patience, places::Place};
use crate::http::a2a::grpc::Peer;

/// A connection, how long it is waited for, and the place it holds.
pub(super) struct Connection<S = TcpStream> {
    stream: S,
    patience: Patience,
    _place: Place,
}

impl<S> Connection<S> {
    /// The connection of `peer`, from now on.
    pub(super) fn new(stream: S, peer: Peer, place: Place) -> Self {
        Self {
            stream,
            patience: Patience::new(peer),
            _place: place,
        }
    }

    /// What came of a read or a write, or that time is over where nothing did.
    fn or_over<T>(
        &mut self,
        came: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match came {
            Poll::Pending => {
                let over = self.patience.poll_over(context);
                over.map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            came => came,
        }
    }
}

impl<S> Connected for Connection<S> {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.patience.peer().clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let had = into.filled().len();
        let came = Pin::new(&mut self.stream).poll_read(context, into);
        self.patience.heard(into.filled().len() - had);
        self.or_over(came, context)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_over(came, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.or_over(came, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::advance,
    };

    use super::{
        super::patience::{GRACE, GREETING, HELLO, IDLE, MAX_AGE},
        *,
    };

    fn connected() -> (DuplexStream, Connection<DuplexStream>, Peer) {
        let (client, server) = duplex(1024);
        let peer = Peer::new(None);
        let connection = Connection::new(server, peer.clone(), Place::any());
        (client, connection, peer)
    }

    /// Reads until the connection breaks, and says how old it is then.
    async fn broke_after(mut connection: Connection<DuplexStream>) -> Duration {
        let began = connection.patience.began();
        let mut read = Vec::new();
        let broken = connection.read_to_end(&mut read).await.unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::TimedOut);
        began.elapsed()
    }

    fn nearly(found: Duration, expected: Duration) {
        assert!(found.abs_diff(expected).as_secs() < 1, "{found:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_has_ten_seconds() {
        let (mut client, connection, _peer) = connected();
        client.write_all(&[0; GREETING - 1]).await.unwrap();
        nearly(broke_after(connection).await, HELLO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_greets_and_does_not_call_has_a_little_longer() {
        let (mut client, connection, _peer) = connected();
        client.write_all(&[0; GREETING]).await.unwrap();
        nearly(broke_after(connection).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_keeps_a_connection_and_its_end_begins_the_pause() {
        let (mut client, connection, peer) = connected();
        client.write_all(&[0; GREETING]).await.unwrap();
        let mut calling = peer.call();
        calling.let_in();
        let lasted = tokio::spawn(broke_after(connection));
        advance(IDLE * 3).await;
        drop(calling);
        nearly(lasted.await.unwrap(), IDLE * 4);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_strangers_keep_no_connection() {
        let (mut client, connection, peer) = connected();
        client.write_all(&[0; GREETING]).await.unwrap();
        let lasted = tokio::spawn(broke_after(connection));
        advance(IDLE / 2).await;
        drop(peer.call());
        nearly(lasted.await.unwrap(), IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn no_call_keeps_a_connection_for_ever() {
        let (mut client, connection, peer) = connected();
        client.write_all(&[0; GREETING]).await.unwrap();
        let _calling = peer.call();
        nearly(broke_after(connection).await, MAX_AGE + GRACE);
    }
}
