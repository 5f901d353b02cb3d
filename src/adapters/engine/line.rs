//! The connection to an engine, which never just ends.
//!
//! awc takes a connection that closes in the middle of an answer for the end of
//! the answer: a stream that was cut would look whole. Here a close is an error,
//! and whoever reads an answer that ends with its connection knows better.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_tls::connect::{ConnectError, ConnectInfo, Connection, ConnectorService};
use actix_web::{
    dev::Service,
    http::Uri,
    rt::net::{ActixStream, Ready, TcpStream},
};
use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Makes lines.
#[derive(Clone, Default)]
pub(super) struct Lines(ConnectorService);

impl Service<ConnectInfo<Uri>> for Lines {
    type Response = Connection<Uri, Line>;
    type Error = ConnectError;
    type Future = LocalBoxFuture<'static, Result<Self::Response, ConnectError>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, to: ConnectInfo<Uri>) -> Self::Future {
        let connected = self.0.call(to);
        Box::pin(async move {
            let (stream, to) = connected.await?.into_parts();
            // A large prompt's last piece would wait up to 40 ms.
            stream.set_nodelay(true).map_err(ConnectError::Io)?;
            Ok(Connection::new(to, Line(stream)))
        })
    }
}

/// A TCP connection. Its end reads as [`io::ErrorKind::UnexpectedEof`].
#[derive(Debug)]
pub(super) struct Line(TcpStream);

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (room, before) = (buf.remaining(), buf.filled().len());
        ready!(Pin::new(&mut self.0).poll_read(cx, buf))?;
        let is_end = room > 0 && buf.filled().len() == before;
        Poll::Ready(if is_end {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(())
        })
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

impl ActixStream for Line {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.0, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.0, cx)
    }
}
