//! The connection to an engine, which never just ends.
//!
//! awc takes a connection that closes in the middle of an answer for the end of
//! the answer: a stream that was cut would look whole. Here a close is an error,
//! and whoever reads an answer that ends with its connection knows better.
//!
//! An engine may close a connection that was idle at the moment it is used again.
//! That says nothing of the request, so it is told apart: [`is_stale`].

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use actix_tls::connect::{ConnectError, ConnectInfo, Connection, ConnectorService};
use actix_web::{
    dev::Service,
    error::ParseError,
    http::Uri,
    rt::net::{ActixStream, Ready, TcpStream},
};
use awc::error::SendRequestError;
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
            Ok(Connection::new(to, Line::new(stream)))
        })
    }
}

/// A TCP connection. Its end reads as [`io::ErrorKind::UnexpectedEof`].
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    /// Whether anything ever came.
    has_answered: bool,
    /// When something was sent last, if nothing came since.
    asked_at: Option<Instant>,
}

/// How soon after a request a close cannot be an answer to it: an engine that
/// worked on it for longer may have been killed by it.
const QUICK: Duration = Duration::from_millis(100);

/// The connection was used before, and closed as it was used again.
#[derive(Debug, thiserror::Error)]
#[error("the engine closed a connection that it kept open before")]
struct Stale;

/// Whether a call failed only because its connection was an old one.
pub(super) fn is_stale(error: &SendRequestError) -> bool {
    match error {
        SendRequestError::Send(io) | SendRequestError::Response(ParseError::Io(io)) => {
            io.get_ref().is_some_and(|error| error.is::<Stale>())
        }
        _ => false,
    }
}

impl Line {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            has_answered: false,
            asked_at: None,
        }
    }

    fn broken(&self, error: io::Error) -> io::Error {
        let is_quick = |at: Instant| at.elapsed() < QUICK;
        if self.has_answered && self.asked_at.is_some_and(is_quick) {
            io::Error::new(error.kind(), Stale)
        } else {
            error
        }
    }

    fn written(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        self.asked_at = Some(Instant::now());
        result.map_err(|error| self.broken(error))
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (room, before) = (buf.remaining(), buf.filled().len());
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        let came = buf.filled().len() - before;
        Poll::Ready(match read {
            Err(error) => Err(self.broken(error)),
            Ok(()) if came == 0 && room > 0 => {
                Err(self.broken(io::ErrorKind::UnexpectedEof.into()))
            }
            Ok(()) => {
                self.has_answered |= came > 0;
                if came > 0 {
                    self.asked_at = None;
                }
                Ok(())
            }
        })
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(self.written(result))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, parts));
        Poll::Ready(self.written(result))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl ActixStream for Line {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.stream, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.stream, cx)
    }
}
