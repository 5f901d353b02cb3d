//! What wakes writers.

/// Wakes one writer, once: when it is rung, or dropped.
///
/// Writers share a commit if they set to work one right after the other, on their
/// own thread. So one bell takes others along: a single message crosses threads,
/// and nothing comes between.
pub(super) struct Bell(Option<Box<dyn FnOnce(Vec<Bell>) + Send>>);

impl Bell {
    /// One that tells a writer by `ring`, which hands it the bells that it is to
    /// drop before it sets to work.
    pub(super) fn new(ring: impl FnOnce(Vec<Self>) + Send + 'static) -> Self {
        Self(Some(Box::new(ring)))
    }

    /// Wakes its writer, and those of `others` from there.
    pub(super) fn ring(mut self, others: Vec<Self>) {
        if let Some(ring) = self.0.take() {
            ring(others);
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        if let Some(ring) = self.0.take() {
            ring(Vec::new());
        }
    }
}
